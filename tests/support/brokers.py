"""Real mosquittos with the configuration that we ship, for one test each."""

import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from control_center.services.mosquitto import MosquittoServer
from control_center.services.supervisor import Supervised
from tests.support import session


class Broker:
    """A broker that a test may stop, kill and start again; its state stays.

    Attributes
    ----------
    url : str
        Its address; anybody may enter.
    """

    def __init__(self, folder: Path, *, more: str = "") -> None:
        server = MosquittoServer(
            session.programs().mosquitto(), folder, free_port(), session.account(), more=more
        )
        self.url = server.url("ingest")
        self._supervised = Supervised(
            server.program(folder / "broker.log", session.folder() / "run", name=folder.name)
        )

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._supervised.start()

    def stop(self) -> None:
        """Stop it in good order: it writes its snapshot."""
        self._supervised.stop()

    def kill(self) -> None:
        """End it as a power cut would."""
        process = self._supervised._process
        assert process is not None
        process.send_signal(signal.SIGKILL)
        process.wait()


@contextmanager
def running_broker(*, more: str = "") -> Iterator[Broker]:
    """Yield a broker of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(dir=session.folder(), prefix="broker-") as folder:
        broker = Broker(Path(folder), more=more)
        broker.start()
        try:
            yield broker
        finally:
            broker.stop()


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
