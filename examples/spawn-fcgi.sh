#!/bin/sh
# Starts the pool under spawn-fcgi and stays in the foreground, for nginx.conf and apache-proxy_fcgi.conf.
# The web server runs as www-data and must be allowed to open the socket: hence the owner and the mode.
# With systemd use runnel.socket and runnel.service instead.

export RUNNEL_STORE=/var/lib/runnel
#export RUNNEL_CONFIG=/etc/runnel.conf   # once there is one

# -n: no fork.  -b: how many readers may be waiting to be accepted; beyond it nginx answers 502.
exec spawn-fcgi -n -s /run/runnel.sock -M 0660 -u www-data -g www-data -b 4096 -- /usr/local/bin/runnel.fcgi
