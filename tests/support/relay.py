"""A cable between a browser and the server that can hang: open at both ends, carrying nothing."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit


class Relay:
    """Carry bytes to an address and back until it is told to hang."""

    def __init__(self, address: str) -> None:
        target = urlsplit(address)
        self._target = (target.hostname, target.port)
        self._loop = asyncio.new_event_loop()
        self._carrying = asyncio.Event()
        self._carrying.set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay")
        self.address = ""

    def hang(self) -> None:
        """Carry nothing more; whoever is connected stays connected and hears nothing."""
        self._loop.call_soon_threadsafe(self._carrying.clear)

    def start(self) -> None:
        """Listen on a free port of this machine."""
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._join, "127.0.0.1", 0), self._loop
        ).result(120)
        self.address = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def stop(self) -> None:
        """Stop listening and drop every connection."""
        asyncio.run_coroutine_threadsafe(self._drop(), self._loop).result(120)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(120)
        self._loop.close()

    async def _drop(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._target)
        try:
            await asyncio.gather(self._carry(reader, back), self._carry(there, writer))
        except (ConnectionError, asyncio.CancelledError):
            pass  # either end may leave at any moment
        finally:
            back.transport.abort()
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            await self._carrying.wait()
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


@contextmanager
def relaying(address: str) -> Iterator[Relay]:
    """Put a relay before an address."""
    relay = Relay(address)
    relay.start()
    try:
        yield relay
    finally:
        relay.stop()
