"""One nats-server of our own, alone or in a cluster: MQTT in, a durable stream out.

An MQTT publisher at QoS 1 is answered when its message stands in the stream, on as many nodes as
``replicas`` says. See docs/decisions/jetstream.md.
"""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from control_center.services.mosquitto import BrokerProgram, rights
from control_center.services.nats_rights import authorization
from control_center.services.places import Account
from control_center.services.supervisor import Program

HOST = "127.0.0.1"
_PULLS = "ingest"

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
  ack_wait: "30s"
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
    programs : BrokerProgram
        What to run.
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
    passwords : mapping
        Password by user; empty lets everybody in, which is for tests alone.
    topics : sequence of str
        MQTT filters that devices may publish to, beside those of the networks.
    """

    programs: BrokerProgram
    state: Path
    account: Account
    port: int
    mqtt_port: int
    name: str = "n1"
    cluster_port: int = 0
    routes: Sequence[int] = ()
    passwords: Mapping[str, str] = field(default_factory=dict)
    topics: Sequence[str] = ()

    @property
    def called(self) -> str:
        """Name, version and origin, for people."""
        program = self.programs
        return f"nats-server {program.version} on port {self.mqtt_port} ({program.provider})"

    @property
    def stream(self) -> str:
        """Address for those who pull from its stream, with the password."""
        return f"nats://{self._entry(_PULLS)}{HOST}:{self.port}"

    def url(self, user: str) -> str:
        """Return the MQTT address for one of its users, with the password."""
        return f"mqtt://{self._entry(user)}{HOST}:{self.mqtt_port}"

    def program(self, log: Path, run: Path, name: str = "broker") -> Program:
        """Describe the node to the supervisor."""
        return Program(
            name=name,
            command=[self.programs.path, "-c", self.state / "nats.conf"],
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
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
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
        written = "".join(part.format(**facts) for part in parts)
        if self.passwords:
            written += authorization(rights(self.topics), self.passwords, _PULLS)
        return written

    def _entry(self, user: str) -> str:
        return f"{user}:{quote(self.passwords[user], safe='')}@" if self.passwords else ""
