"""Database roles: the owner of the schema and the runtime user, and the SQL that creates them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

OWNER: Final = "application_owner"
"""The role that runs migrations and owns the schema."""
RUNTIME: Final = "application_runtime"
"""The role that reads and writes what the owner creates.

Both names are longer than the 16 characters that RDS allows for the master user, so they can't be the same.
"""

_SCRIPT = Path(__file__).parent / "data" / "database_roles.sql"


def roles_script() -> str:
    """Return the SQL that creates the roles, with the psql variables `owner`, `runtime` and `move`.

    The master user of the database runs it. Running it again changes nothing. With `move`, the roles log in
    with IAM tokens, and the owner gets what the master user owns. Without it, the password of the master user
    stays valid.
    """
    return _SCRIPT.read_text(encoding="utf-8")
