"""What the log keeps of one request, as the columns of its row. Values."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID


@dataclass(kw_only=True)
class Record:
    """A row of GatewayRequest under way; it changes until the request is answered."""

    uuid: UUID
    key_id: int
    operation: str
    model_asked: str
    mode: str
    body_sha256: str
    created_at: datetime
    model_id: int | None = None
    endpoint_key: str = ""
    images: int = 1
    simulated: bool = False
    status: str = "processing"
    http_status: int | None = None
    error_code: str = ""
    error_message: str = ""
    cost_usd: Decimal | None = None
    attempts: int = 0
    duration_ms: int | None = None
    overhead_ms: Decimal | None = None
    user: str = ""
    trace_id: str = ""
    retry_count: int = 0
    idempotency_key: str = ""
    answer: Any = None
    answer_until: datetime | None = None
    payloads: Any = None
    payloads_until: datetime | None = None
    finished_at: datetime | None = None


COLUMNS = tuple(Record.__dataclass_fields__)
# Written once; a later state of the row leaves them as they are.
FIXED = frozenset({"uuid", "created_at", "key_id", "idempotency_key"})
