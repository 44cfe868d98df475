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
    """A broker that a test may stop, kill and start again; its state and its port stay its own.

    Attributes
    ----------
    url : str
        Its address; anybody may enter.
    """

    def __init__(self, folder: Path, *, more: str = "") -> None:
        self.reservation = reserve_port()
        port = self.reservation.getsockname()[1]
        programs = session.programs().mosquitto()
        server = MosquittoServer(programs, folder, port, session.account(), more=more)
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
            broker.reservation.close()


def reserve_port() -> socket.socket:
    """Take a free port of the loopback address for as long as the socket is open.

    It is bound and does not listen: a server that sets SO_REUSEADDR may listen there, and while it
    is down nobody else is given the port, whose clients would come back to a stranger.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held


def free_port() -> int:
    """Return a port of the loopback address that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
