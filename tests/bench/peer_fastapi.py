"""A peer for the benchmark: one channel in memory, on FastAPI and uvicorn. Run: peer_fastapi.py SOCKET

GET /sub is the stream; POST /pub makes its body one event for all. As such a service is usually written, with a queue
for each reader; an event is encoded once.
"""

import asyncio
import sys

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

app = FastAPI()
queues: set[asyncio.Queue[bytes]] = set()


async def events(queue: asyncio.Queue[bytes]):
    try:
        yield b":\n\n"
        while True:
            yield await queue.get()
    finally:
        queues.discard(queue)


@app.get("/sub")
async def subscribe() -> StreamingResponse:
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    queues.add(queue)
    return StreamingResponse(events(queue), media_type="text/event-stream", headers={"Cache-Control": "no-cache"})


@app.post("/pub")
async def publish(request: Request) -> Response:
    event = b"data: " + await request.body() + b"\n\n"
    for queue in queues:
        queue.put_nowait(event)
    return Response("ok", media_type="text/plain")


if __name__ == "__main__":
    uvicorn.run(app, uds=sys.argv[1], log_level="warning", access_log=False, timeout_keep_alive=3600)
