"""One nats-server of our own, alone or in a cluster: MQTT in, a durable stream out.

An MQTT publisher at QoS 1 is answered when its message stands in the stream, on as many nodes as
``replicas`` says. Not started by ``reverbere up``: see docs/decisions/jetstream.md.
"""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from control_center.services.places import Account
from control_center.services.supervisor import Program

HOST = "127.0.0.1"

_CONFIGURATION = """\
server_name: {name}
listen: "{host}:{port}"
jetstream {{
  store_dir: "{state}"
  sync_interval: always        # what is acknowledged is on the disk
}}
mqtt {{
  listen: "{host}:{mqtt_port}"
  stream_replicas: {replicas}
  consumer_replicas: {replicas}
  ack_wait: "30s"
  max_ack_pending: 65535
}}
"""
_CLUSTER = """\
cluster {{
  name: reverbere
  listen: "{host}:{cluster_port}"
  routes: [{routes}]
}}
"""


@dataclass(frozen=True, slots=True)
class NatsServer:
    """One node.

    Attributes
    ----------
    path : Path
        The program.
    state : Path
        Folder of its configuration and its stream.
    account : Account
        Who it runs as.
    name : str
        Its own within the cluster; it must stay the same.
    port, mqtt_port, cluster_port : int
        Where it listens, on the loopback address: consumers, publishers, other nodes.
    routes : sequence of int
        Cluster ports of all nodes; empty for a node alone.
    """

    path: Path
    state: Path
    account: Account
    port: int
    mqtt_port: int
    name: str = "n1"
    cluster_port: int = 0
    routes: Sequence[int] = ()

    @property
    def url(self) -> str:
        """Address for consumers."""
        return f"nats://{HOST}:{self.port}"

    @property
    def mqtt_url(self) -> str:
        """Address for publishers."""
        return f"mqtt://{HOST}:{self.mqtt_port}"

    def program(self, log: Path, run: Path) -> Program:
        """Describe the node to the supervisor."""
        return Program(
            name=f"nats-{self.name}",
            command=[self.path, "-c", self.state / "nats.conf"],
            token=str(self.state / "nats.conf"),
            log=log,
            run=run,
            account=self.account,
            folder=self.state,
            prepare=self.prepare,
            ready=self.ready,
            patience_s=20.0,
        )

    def prepare(self) -> None:
        """Write its configuration; called before every start."""
        self.account.private_folder(self.state)
        path = self.state / "nats.conf"
        path.write_text(self._configuration(), encoding="utf-8")
        self.account.give(path)

    def ready(self) -> bool:
        """Whether it takes connections of both kinds."""
        try:
            for port in (self.port, self.mqtt_port):
                socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            return False
        return True

    def _configuration(self) -> str:
        facts = {
            "name": self.name,
            "host": HOST,
            "port": self.port,
            "mqtt_port": self.mqtt_port,
            "state": self.state / "stream",
            "replicas": min(3, max(1, len(self.routes))),
            "cluster_port": self.cluster_port,
            "routes": ", ".join(f'"nats://{HOST}:{port}"' for port in self.routes),
        }
        parts = [_CONFIGURATION, *([_CLUSTER] if self.routes else [])]
        return "".join(part.format(**facts) for part in parts)
