"""RDS parameters: unknown names and invalid values are rejected, with the allowed ones and a remedy."""

from __future__ import annotations

import pytest

from platform_components.aws.rds_parameters import apply_method, parameter_problems, parameters_of
from platform_components.aws.rds_versions import MAJORS
from platform_components.base import Problem


def problem(name: str, value: str, major: str = "17") -> Problem | None:
    """The problem of one parameter, if any."""
    return next(iter(parameter_problems({name: value}, major)), None)


@pytest.mark.parametrize(
    ("name", "value", "what", "remedy"),
    [
        ("wrkmem", "65536", "unknown parameter of PostgreSQL 17 on RDS", "did you mean work_mem?"),
        ("qqq", "1", "unknown parameter of PostgreSQL 17", "set it with customize.parameters.parameters"),
        ("io_method", "worker", "unknown parameter of PostgreSQL 17", "it exists in PostgreSQL 18"),
        ("old_snapshot_threshold", "1", "unknown parameter", "it exists in PostgreSQL 13, 14, 15, 16"),
        ("work_mem", "64MB", "must be an integer in kB from 64 to 2147483647", "write 65536"),
        ("work_mem", "0.5 GB", "must be an integer in kB", "write 524288"),
        ("work_mem", "1kB", "must be an integer in kB from 64", ""),
        ("work_mem", "1.5", "must be an integer in kB", ""),
        ("work_mem", "10s", "must be an integer in kB", ""),
        ("work_mem", "", "must be an integer in kB", ""),
        ("shared_buffers", "1GB", "must be an integer in units of 8 kB", "write 131072"),
        ("max_wal_size", "2GB", "must be an integer in MB", "write 2048"),
        ("statement_timeout", "5min", "must be an integer in milliseconds", "write 300000"),
        ("checkpoint_timeout", "1d", "must be an integer in seconds from 30 to 86400", "write 86400"),
        ("checkpoint_timeout", "2d", "must be an integer in seconds from 30 to 86400", ""),
        ("max_connections", "lots", "must be an integer from 6 to 262143", ""),
        ("max_connections", "5", "must be an integer from 6 to 262143", ""),
        ("random_page_cost", "-1", "must be a number from 0 to", ""),
        ("random_page_cost", "{DBInstanceVCPU}", "must be a number from 0 to", ""),
        ("vacuum_cost_delay", "2ms", "must be a number in milliseconds from 0 to 100", "write 2"),
        ("log_statement", "everything", "must be one of: none, ddl, mod, all", ""),
        ("log_statement", "non", "must be one of: none, ddl, mod, all", "did you mean none?"),
        ("password_encryption", "md4", "must be one of: md5, scram-sha-256", "did you mean md5?"),
        ("log_filename", "my.log", "must be one of: postgresql.log.%Y-%m-%d, ", ""),
        ("autovacuum", "on", "must be 0 or 1", "write 1"),
        ("autovacuum", "False", "must be 0 or 1", "write 0"),
        ("wal_compression", "maybe", "must be one of: pglz, lz4, zstd, on, off", ""),
        ("jit", "2", "must be 0 or 1", "or an expression such as {DBInstanceVCPU} > 2"),
        ("archive_mode", "on", "is set by RDS and can't be changed", "remove it"),
        ("listen_addresses", "*", "is set by RDS and can't be changed", "remove it"),
        ("fsync", "0", "is set by RDS and can't be changed", "remove it"),
        ("server_version", "16", "is set by RDS and can't be changed", "remove it"),
        (
            "shared_preload_libraries",
            "foo",
            "must be libraries that RDS can preload",
            "one of: auto_explain,",
        ),
        ("shared_preload_libraries", "pg_cron, pgaudi", "'pgaudi' is none", "did you mean pgaudit?"),
        ("rds.log_retention_period", "20000", "must be an integer in minutes from 1440 to 10080", ""),
        (
            "max_connections",
            "{DBInstanceClassMem/1}",
            "or a formula of RDS",
            "such as {DBInstanceClassMemory/",
        ),
        ("max_connections", "{5/2}", "or a formula of RDS", "such as {DBInstanceClassMemory/"),
        ("max_connections", "LEAST({DBInstanceClassMemory/1},)", "or a formula of RDS", "such as"),
        ("max_connections", "IF({DBInstanceVCPU},1,2)", "or a formula of RDS", "such as"),
    ],
)
def test_what_rds_rejects_is_reported(name: str, value: str, what: str, remedy: str) -> None:
    """The message states what is allowed; the remedy is exact where the value shows what was meant."""
    found = problem(name, value)
    assert found is not None
    assert (found.where, found.value) == (f"parameters.{name}", value)
    assert what in found.what
    assert remedy in found.remedy
    assert bool(remedy) == bool(found.remedy)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("work_mem", "65536"),
        ("work_mem", "{DBInstanceClassMemory/32768}"),
        ("max_connections", "LEAST({DBInstanceClassMemory/9531392},5000)"),
        ("maintenance_work_mem", "GREATEST({DBInstanceClassMemory*1024/63963136},65536)"),
        ("autovacuum_vacuum_cost_limit", "GREATEST({log(DBInstanceClassMemory/21474836480)*600},200)"),
        ("max_worker_processes", "sum({DBInstanceVCPU}, 8)"),
        ("jit", "{DBInstanceVCPU} > 2"),
        ("jit", "0"),
        ("temp_file_limit", "-1"),
        ("random_page_cost", "1.1"),
        ("log_statement", "ddl"),
        ("default_transaction_isolation", "repeatable read"),
        ("pg_stat_statements.track", "ALL"),
        ("search_path", "app, public"),
        ("timezone", "Europe/Berlin"),
        ("shared_preload_libraries", "pg_stat_statements,pg_cron"),
        ("auto_explain.log_min_duration", "500"),
        ("rds.logical_replication", "1"),
        ("cron.database_name", "orders"),
        ("pgaudit.log", "write,ddl"),
    ],
)
def test_what_rds_accepts_is_accepted(name: str, value: str) -> None:
    """Values in the parameter's unit, and formulas in RDS's grammar."""
    assert problem(name, value) is None


@pytest.mark.parametrize(
    ("name", "major", "expected"),
    [
        ("work_mem", "17", "immediate"),
        ("max_connections", "17", "pending-reboot"),
        ("rds.restrict_password_commands", "17", "pending-reboot"),
        ("rds.custom_dns_resolution", "17", "pending-reboot"),
        ("reserved_connections", "17", "pending-reboot"),
        ("multixact_offset_buffers", "17", "pending-reboot"),
        ("old_snapshot_threshold", "16", "pending-reboot"),
        ("temp_file_limit", "17", "pending-reboot"),
        ("pgaudit.log", "17", "pending-reboot"),
        ("autovacuum_max_workers", "17", "pending-reboot"),
        ("autovacuum_max_workers", "18", "immediate"),
    ],
)
def test_only_dynamic_parameters_apply_immediately(name: str, major: str, expected: str) -> None:
    """RDS rejects `immediate` for static parameters; an unknown apply type is treated as static."""
    assert apply_method(name, major) == expected


@pytest.mark.parametrize("major", MAJORS)
def test_every_major_version_has_its_own_parameters(major: str) -> None:
    """The table has the parameters of PostgreSQL, of the modules that RDS preloads, and of RDS itself."""
    known = parameters_of(major)
    assert len(known) > 300
    assert {"work_mem", "pg_stat_statements.max", "rds.force_ssl", "pgaudit.log"} <= set(known)
    assert ("io_method" in known) is (major == "18")
    assert ("rds.pg_stat_ramdisk_size" in known) is (major in ("13", "14"))


@pytest.mark.parametrize("major", MAJORS)
def test_every_row_can_be_checked(major: str) -> None:
    """Numbers have a range, enums have values; any text can be checked without an exception."""
    for parameter in parameters_of(major).values():
        assert parameter.apply_type in ("static", "dynamic", "fixed")
        assert parameter.type in ("bool", "integer", "real", "enum", "string")
        assert (".." in parameter.allowed) is (parameter.type in ("integer", "real"))
        assert parameter.problem("Ω") is None or parameter.problem("Ω") != ("", "")
