#!/bin/sh
# A long job in shell that shows how far it is. The page holds GET BASE/components/progress/import; the job runs on the
# machine of the store (RUNNEL_STORE) and needs no token.
# For a job that prints "40%" or "2/5" by itself there is nothing to write at all:  runnel run import -- ./the-job
set -eu

name=${1:-import}
steps=5

# `|| :` because a job does its work whether or not anybody can watch.
trap 'runnel fail "$name" "The import stopped" || :' EXIT   # whatever goes wrong, the bar does not hang

for step in $(seq $steps); do
	runnel progress "$name" $((100 * (step - 1) / steps)) "Reading file $step of $steps" || :
	sleep "${STEP_SECONDS:-1}"                               # the work
done

trap - EXIT
runnel done "$name" "Imported $steps files" || :
