"""Tell whoever listens on the broker what a person recorded; the simulated town does.

The store is the truth: where no broker answers, nothing is lost and the act stands.
"""

from urllib.parse import SplitResult, unquote, urlsplit

import orjson
import structlog
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from control_center.cli.common import mqtt_url
from control_center.settings import Settings
from gis.errors import ReverbereError

FLOOD, INSPECTION = "reverbere/event/flood", "reverbere/event/inspection"
CAUSE = "reverbere/event/cause"

_PATIENCE_S = 5.0
_log = structlog.get_logger(__name__)


def broadcast(topic: str, document: dict[str, object], settings: Settings | None = None) -> bool:
    """Publish an event; return whether a broker took it.

    Parameters
    ----------
    topic : str
        ``FLOOD``, ``INSPECTION`` or ``CAUSE``.
    document : dict
        What was recorded, as JSON.
    settings : Settings, optional
        Where the broker is; read from the environment by default.
    """
    try:
        address = urlsplit(mqtt_url(settings or Settings(), "ingest"))
        _publish(address, topic, orjson.dumps(document))
    except (ReverbereError, OSError, ValueError, RuntimeError) as error:
        _log.info("event not published", topic=topic, why=str(error))
        return False
    return True


def _publish(address: SplitResult, topic: str, payload: bytes) -> None:
    client = Client(CallbackAPIVersion.VERSION2)
    if address.username:
        client.username_pw_set(unquote(address.username), unquote(address.password or ""))
    secure = address.scheme == "mqtts"
    if secure:
        client.tls_set()
    client.connect_timeout = _PATIENCE_S
    client.connect(address.hostname or "127.0.0.1", address.port or (8883 if secure else 1883))
    client.loop_start()
    try:
        told = client.publish(topic, payload, qos=1)
        told.wait_for_publish(_PATIENCE_S)
        if not told.is_published():
            raise TimeoutError("the broker did not acknowledge the event")
    finally:
        client.disconnect()
        client.loop_stop()
