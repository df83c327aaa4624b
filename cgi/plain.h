/*
 * plain - the transport of a CGI program: its standard output, as it is.
 */
#ifndef RUNNEL_PLAIN_H
#define RUNNEL_PLAIN_H

#include "stream/transport.h"

extern const struct transport transport_cgi;

#endif
