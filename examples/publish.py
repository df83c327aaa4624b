#!/usr/bin/env python3
"""Publish one event from Python. Needs nothing but Python itself.

    from publish import publish
    publish("notifications", title="Import finished", level="success")

RUNNEL_URL is where runnel is mounted; RUNNEL_TOKEN is what `runnel grant --publish CHANNEL` printed, and is not needed
where runnel.conf says `publish = open`.
"""
import os
import sys
import urllib.error
import urllib.parse
import urllib.request


def publish(channel, **values):
    """Returns the event's id; raises RuntimeError with runnel's own sentence when it is refused."""
    base = os.environ.get("RUNNEL_URL", "http://127.0.0.1/sse")
    request = urllib.request.Request(f"{base}/{channel}", data=urllib.parse.urlencode(values).encode())
    if token := os.environ.get("RUNNEL_TOKEN"):
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read().decode().strip()
    except urllib.error.HTTPError as refusal:
        raise RuntimeError(f"runnel: {refusal.code}: {refusal.read().decode().strip()}") from None


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: publish.py CHANNEL key=value ...")
    try:
        print(publish(sys.argv[1], **dict(pair.split("=", 1) for pair in sys.argv[2:])))
    except (RuntimeError, urllib.error.URLError) as failure:
        sys.exit(str(failure))
