"""What kinds of things the log says, by names that stay the same when the words change.

A call site gives its kind as `extra=`. The journal shows it as `MESSAGE_ID=`, and what it means and
what to do about it with `journalctl -x`, from systemd/trio-ingest.catalog.
"""

from collections.abc import Mapping
from types import MappingProxyType

Kind = Mapping[str, object]


def _kind(message_id: str) -> Kind:
    return MappingProxyType({"message_id": message_id})


def of_entity(kind: Kind, entity_id: str) -> Kind:
    """Return *kind* of a record that is about one entity."""
    return {**kind, "entity_id": entity_id}


# The daemon
STARTED = _kind("74e98c8b294b411a879ce1cade84f27d")
STOPPED = _kind("43223a03ae73465caeaaadbb028d7b80")
CUT_OFF = _kind("aae3704b8b124db5856c81341ca99462")
RELOADING = _kind("ea0b220eab0d491989d3383fabbf4b3e")
RELOAD_REFUSED = _kind("bc0d8c5044ef4e3ab64cbe7794a81be6")
CONFIGURATION_WARNING = _kind("dac186cfd5924190897516e1520f8244")
STAGE_CRASHED = _kind("77f6cc9d52b54bf08b6c42e3fe056e83")
STAGE_GIVEN_UP = _kind("3da933a78aa44625bfa0534aa98d6fac")
WEDGED = _kind("4d42324a24d14f8eaf3105db319b17f5")
CANNOT_OPEN = _kind("e3d85ad28285425cab6bec78f9b29dc0")
ADMIN_CANNOT_LISTEN = _kind("8f4faa5233bc47f2a1a8eaee2e20333f")
PUBLISHER_IN_TROUBLE = _kind("167df0c6a1bd48fb84db263eac98fbe5")
UNACCOUNTED = _kind("714aad878067455cac600404f42fddec")

# A Home Assistant
CONNECTED = _kind("8765286b01e74766addffedd2604981b")
NOT_CONNECTED = _kind("4b20db8ba79b47a886a18739d20670c2")
ACCESS_REFUSED = _kind("25838fe9c9864be99492266a5da77635")
UNREADABLE_MESSAGE = _kind("e9c90acb2bde4dbf95e4eff03084ea0d")
UNSERIALIZABLE_CHANGE = _kind("95481bda5a274f09bccfd25ec7edd1e1")
EVENTS_NOT_RECORDED = _kind("1eaac9961f214ee5a6d79baf03570978")
UNREADABLE_ENTITY = _kind("e4f745b7b4d0477b8e608f6bd499d69c")

# What is missing
GAP_FOUND = _kind("adf3ca4d96f5456f9ae18c6cb7664a1b")
GAP_REPAIRED = _kind("1c9f3888d75a42c0b562b4d23ce3236c")
GAP_GIVEN_UP = _kind("4af1292bed78406984bf0b4f68fe3424")
GAP_POSTPONED = _kind("bf01df9ec2804e039042179ea18164bf")

# A sink
SINK_IN_TROUBLE = _kind("c7c18ae0d37b4fae9a53c45c829448b0")
SINK_NEEDS_SOMEONE = _kind("ec77590fc7f34c24810c020ba0cefd0f")
SINK_WELL = _kind("5c65e7e2e846412aa09560adb5d0a239")
POINTS_QUARANTINED = _kind("119155cb473c49829393ac3a210d2274")
FIELDS_QUARANTINED = _kind("3e248db2588c4a31b4461995c7683a42")
BATCH_DAMAGED = _kind("84487250336048fab636c1452693c8d4")
CHANGE_NOT_ENCODED = _kind("eae89dc5858e44f9945b5d0b4845080a")

# A spool
SPOOL_FULL = _kind("9cd4c66bda8b4c65bfe26268e2909670")
DISK_FAILS = _kind("64b952ff24ea4d37953bf0cb53c8e2ec")
DISK_WELL = _kind("2f56ab9742ab43b8b0dab50222fbd6cf")
SPOOL_UNREADABLE = _kind("6c33eaec9c564272a8aff3ae3f4fb151")
SPOOL_PARKED = _kind("918a36330b974caaa963b5a656e0a806")
SPOOL_SET_ASIDE = _kind("da87434d73314e32b2ac20a492f37acc")

# A relay
STREAM_IN_TROUBLE = _kind("bc510dec008a426799d0234dadd6a292")
STREAM_NEEDS_SOMEONE = _kind("a8306807add64cdd8b25808666b881e8")
STREAM_WELL = _kind("deddc25ace2f4c0898f6e83401fd1e6e")
NOT_ACKNOWLEDGED = _kind("5afcdbb8610d4d1aa6f9a601bd588869")
ACK_WAIT_TOO_SHORT = _kind("8c09ae6a3d094b88b4ab9f0f11d4ca9f")
FOREIGN_MESSAGES = _kind("1caa62d613844a7ca9639a9d1e30f559")
FOREIGN_NOT_KEPT = _kind("6378d07119cc4af4b3e20327006557dd")

# The log itself
RECORDS_LOST = _kind("9fec4e8251474655b67cd9670d1971cf")
