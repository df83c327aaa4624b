#!/usr/bin/env python3
"""A long job in Python that shows how far it is. The page holds GET BASE/components/progress/import; the job runs on
the machine of the store (RUNNEL_STORE) and needs no token."""
import os
import subprocess
import sys
import time

NAME = sys.argv[1] if len(sys.argv) > 1 else "import"
STEPS = 5


def runnel(*arguments):
    # No check: a job does its work whether or not anybody can watch.
    subprocess.run(["runnel", *map(str, arguments)], check=False)


try:
    for step in range(STEPS):
        runnel("progress", NAME, 100 * step // STEPS, f"Reading file {step + 1} of {STEPS}")
        time.sleep(float(os.environ.get("STEP_SECONDS", "1")))   # the work
except BaseException as failure:
    runnel("fail", NAME, f"The import stopped: {type(failure).__name__}")
    raise
runnel("done", NAME, f"Imported {STEPS} files")
