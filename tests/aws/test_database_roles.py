"""Database roles: the SQL of the bootstrap Job, run by real servers as RDS's master user would run it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count

import pytest

from platform_components.aws.database_roles import OWNER, RUNTIME, roles_script
from tests.postgres_server import Server, installed, server

_MAJORS = installed()
_FRESH = count(1)


@pytest.fixture(name="postgres", scope="module", params=_MAJORS or ["none"])
def postgres_fixture(request: pytest.FixtureRequest) -> Iterator[Server]:
    if not _MAJORS:
        pytest.skip("no PostgreSQL server is installed")
    with server(_MAJORS[request.param]) as running:
        running.run("rdsadmin", "postgres", "CREATE ROLE rds_iam NOLOGIN")
        yield running


@dataclass(frozen=True)
class Database:
    """A database with its master user, who is not a superuser."""

    server: Server
    name: str
    master: str
    owner: str
    runtime: str

    @property
    def major(self) -> int:
        return self.server.major

    def as_master(self, *statements: str) -> str:
        return self.server.run(self.master, self.name, *statements)

    def as_owner(self, *statements: str) -> str:
        return self.server.run(self.owner, self.name, *statements)

    def as_runtime(self, *statements: str) -> str:
        return self.server.run(self.runtime, self.name, *statements)

    def bootstrap(self, move: str = "true") -> str:
        """Run the script as the Job does, and return its warnings."""
        script = self.server.directory / "roles.sql"
        script.write_text(roles_script(), encoding="utf-8")
        variables = {"owner": self.owner, "runtime": self.runtime, "move": move}
        result = self.server.psql(self.master, self.name, f"--file={script}", variables=variables)
        assert result.returncode == 0, result.stderr
        assert result.stdout.strip() == "The roles of the database are ready."
        return result.stderr

    @contextmanager
    def passwords(self) -> Iterator[None]:
        """Accept the logins that RDS accepts with a password: none of members of rds_iam, also indirect ones.

        On RDS, the master user can grant rds_iam without being a member. Here it is one otherwise.
        """
        postgres = partial(self.server.run, "rdsadmin", "postgres")
        found = f"""
            SELECT quote_ident(rolname) FROM pg_roles
            WHERE rolname IN ('{self.owner}', '{self.runtime}') AND pg_has_role(oid, 'rds_iam', 'MEMBER')"""
        members = postgres(found).splitlines()
        grants = [f"GRANT rds_iam TO {member}" for member in members]
        postgres(f"REVOKE rds_iam FROM {self.master} CASCADE", *grants)
        with self.server.rejecting_members_of("rds_iam"):
            yield
        revokes = [f"REVOKE rds_iam FROM {member}" for member in members]
        postgres(*revokes, self.administer_rds_iam, f"SET ROLE {self.master}", *grants)

    @property
    def administer_rds_iam(self) -> str:
        """The statement that allows the master user to grant rds_iam; since PostgreSQL 16, a membership."""
        option = " WITH ADMIN TRUE, INHERIT FALSE, SET FALSE" if self.major >= 16 else " WITH ADMIN OPTION"
        return f"GRANT rds_iam TO {self.master}{option}"

    def state(self) -> str:
        """Return all that the script can change: roles, memberships, owners and privileges."""
        return self.server.run(
            "rdsadmin",
            self.name,
            """
            SELECT jsonb_build_array(
                (SELECT jsonb_agg(to_jsonb(r) ORDER BY rolname) FROM pg_roles r),
                (SELECT jsonb_agg(to_jsonb(m) ORDER BY m::text) FROM pg_auth_members m),
                (SELECT jsonb_agg(to_jsonb(a) ORDER BY a::text) FROM pg_default_acl a),
                (SELECT jsonb_agg(jsonb_build_array(nspname, nspowner, nspacl) ORDER BY nspname)
                 FROM pg_namespace WHERE nspname NOT LIKE 'pg%temp%'),
                (SELECT jsonb_agg(jsonb_build_array(oid, relowner, relacl) ORDER BY oid)
                 FROM pg_class WHERE oid >= 16384 AND relnamespace::regnamespace::text NOT LIKE 'pg%'),
                (SELECT jsonb_agg(jsonb_build_array(oid, proowner, proacl) ORDER BY oid)
                 FROM pg_proc),
                (SELECT jsonb_agg(jsonb_build_array(datname, datdba, datacl) ORDER BY datname)
                 FROM pg_database)
            )""",
        )


@pytest.fixture(name="database")
def database_fixture(postgres: Server) -> Database:
    number = next(_FRESH)
    master, name = f"master_{number}", f"orders-{number}"
    database = Database(postgres, name, master, f"Owner {number}", f"runtime-{number}")
    postgres.run(
        "rdsadmin",
        "postgres",
        f"CREATE ROLE {master} LOGIN CREATEROLE CREATEDB",
        database.administer_rds_iam,
        f'CREATE DATABASE "{name}" OWNER {master}',
    )
    if postgres.major < 15:
        postgres.run("rdsadmin", name, f"ALTER SCHEMA public OWNER TO {master}")
    return database


def test_the_runtime_user_uses_what_the_owner_creates_later(database: Database) -> None:
    """Default privileges cover tables, sequences, functions and schemas of later migrations."""
    database.bootstrap()
    database.as_owner(
        "CREATE TABLE orders (id bigserial PRIMARY KEY, text text)",
        "CREATE SCHEMA audit",
        "CREATE TABLE audit.log (id bigint GENERATED BY DEFAULT AS IDENTITY, text text)",
        "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "REVOKE EXECUTE ON FUNCTION one() FROM PUBLIC",
    )
    assert (
        database.as_runtime(
            "INSERT INTO orders (text) VALUES ('a'), ('b')",
            "UPDATE orders SET text = 'c' WHERE id = 1",
            "DELETE FROM orders WHERE id = 2",
            "INSERT INTO audit.log (text) VALUES ('d')",
            "CREATE TEMPORARY TABLE scratch (id int)",
            "SELECT text || one() || (SELECT text FROM audit.log) FROM orders",
        )
        == "c1d"
    )


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE TABLE audit.mine (id int)",
        "CREATE SCHEMA mine",
        "DROP TABLE orders",
        "ALTER TABLE orders ADD COLUMN more int",
        "TRUNCATE orders",
        "CREATE ROLE mine",
        "GRANT rds_iam TO rdsadmin",
    ],
)
def test_the_runtime_user_cannot_change_the_schema(database: Database, statement: str) -> None:
    """It reads and writes rows; tables, schemas and roles are the owner's and the master user's."""
    database.as_master("GRANT CREATE ON SCHEMA public TO PUBLIC")  # the default until PostgreSQL 14
    database.bootstrap()
    database.as_owner("CREATE TABLE orders (id int)", "CREATE SCHEMA audit")
    message = database.server.error(database.runtime, database.name, statement)
    assert "permission denied" in message or "must be owner" in message or "must have" in message


def test_others_cannot_connect(database: Database) -> None:
    """PUBLIC loses its default privileges on the database, and the roles only log in with a token."""
    database.bootstrap()
    database.server.run("rdsadmin", "postgres", f"CREATE ROLE other_{database.master} LOGIN")
    message = database.server.error(f"other_{database.master}", database.name, "SELECT 1")
    assert "permission denied for database" in message
    for role in (database.owner, database.runtime):
        query = f"""
            SELECT pg_has_role('{role}', 'rds_iam', 'USAGE'), rolcreaterole OR rolcreatedb,
                   rolpassword IS NULL
            FROM pg_authid WHERE rolname = '{role}'"""
        assert database.server.run("rdsadmin", database.name, query) == "t|f|t"


def test_it_changes_nothing_when_it_runs_again(database: Database) -> None:
    """So it can run after each change and after a restore, which keeps the roles."""
    database.as_master("CREATE TABLE old (id serial)")
    database.bootstrap()
    database.as_owner("CREATE TABLE orders (id int)", f'REVOKE DELETE ON orders FROM "{database.runtime}"')
    before = database.state()
    assert database.bootstrap() == ""
    assert database.state() == before


def test_what_the_master_user_created_is_the_owners(database: Database) -> None:
    """Tables of the time before the roles belong to the owner, and the runtime user has access to them."""
    database.as_master(
        "CREATE SCHEMA sales",
        "CREATE TYPE public.state AS ENUM ('new', 'paid')",
        "CREATE TYPE public.pair AS (a int, b int)",
        "CREATE DOMAIN public.amount AS numeric CHECK (VALUE >= 0)",
        'CREATE TABLE sales."Order Lines" (id bigserial PRIMARY KEY, state state, total amount)',
        "CREATE TABLE plain (id int GENERATED ALWAYS AS IDENTITY, parent int) PARTITION BY RANGE (parent)",
        "CREATE TABLE part PARTITION OF plain DEFAULT",
        "CREATE SEQUENCE public.numbers",
        "CREATE VIEW public.paid AS SELECT id FROM sales.\"Order Lines\" WHERE state = 'paid'",
        'CREATE MATERIALIZED VIEW public.totals AS SELECT sum(total) FROM sales."Order Lines"',
        "CREATE FUNCTION public.twice(n int) RETURNS int LANGUAGE sql AS 'SELECT 2 * n'",
        "CREATE PROCEDURE public.nothing() LANGUAGE sql AS 'SELECT 1'",
        "CREATE AGGREGATE public.added(int) (SFUNC = int4pl, STYPE = int)",
    )
    assert database.bootstrap() == ""
    query = f"""
        SELECT count(*) FROM (
            SELECT relowner AS owner FROM pg_class UNION ALL SELECT proowner FROM pg_proc
            UNION ALL SELECT typowner FROM pg_type UNION ALL SELECT nspowner FROM pg_namespace
        ) AS object WHERE owner = '{database.master}'::regrole"""
    assert database.server.run("rdsadmin", database.name, query) == "0"
    database.as_runtime(
        "INSERT INTO sales.\"Order Lines\" (state, total) VALUES ('paid', twice(2))",
        "INSERT INTO plain (parent) VALUES (1)",
        "SELECT nextval('numbers'), added(id::int) FROM paid GROUP BY 1",
        "SELECT * FROM totals",
    )
    database.as_owner("REFRESH MATERIALIZED VIEW totals", 'ALTER TABLE sales."Order Lines" ADD COLUMN x int')


def test_schemas_move_before_what_is_in_them(database: Database) -> None:
    """The owner of a table needs CREATE on its schema, also if its name sorts before the schema's: names in
    the schema of the master user are not qualified."""
    database.as_master(
        f"CREATE SCHEMA {database.master}",
        "CREATE TABLE a (id int)",
        "CREATE FUNCTION b() RETURNS int RETURN 1",
    )
    database.bootstrap()
    database.as_owner(f"ALTER TABLE {database.master}.a ADD COLUMN more int")
    database.as_runtime(f"SELECT *, {database.master}.b() FROM {database.master}.a")


def test_pods_of_the_version_before_keep_working(database: Database) -> None:
    """They are logged in as the master user until the roll-out has replaced them."""
    database.as_master("CREATE TABLE orders (id serial, text text)", "CREATE SCHEMA sales")
    database.bootstrap()
    database.as_master(
        "INSERT INTO orders (text) VALUES ('a')",
        "UPDATE orders SET text = 'b'",
        "DELETE FROM orders WHERE text = 'c'",
    )


def test_an_application_can_keep_logging_in_as_the_master_user_for_a_while(database: Database) -> None:
    """Until then it can change its tables; the runtime user has access to them, also to later ones."""
    database.as_master("CREATE TABLE old (id serial, text text)")
    database.bootstrap(move="false")
    assert database.bootstrap(move="false") == ""
    database.as_master("ALTER TABLE old ADD COLUMN more int", "CREATE TABLE later (id serial, text text)")
    for table in ("old", "later"):
        database.as_runtime(f"INSERT INTO {table} (text) VALUES ('a')", f"DELETE FROM {table}")
    database.bootstrap()
    database.as_owner("ALTER TABLE old ADD COLUMN last int", "DROP TABLE later")
    database.as_runtime("INSERT INTO old (text) VALUES ('b')")
    assert "must be owner" in database.server.error(database.master, database.name, "DROP TABLE old")


def test_the_password_of_the_master_user_is_valid_until_its_tables_move(database: Database) -> None:
    """Since PostgreSQL 16, the master user is a member of the roles that it created, so RDS would reject its
    password as soon as they are members of rds_iam. Moving back makes the password valid again."""
    database.as_master("CREATE TABLE orders (text text)")
    for _ in range(2):
        database.bootstrap(move="false")
        with database.passwords():
            database.as_master("INSERT INTO orders VALUES ('a')")
        database.bootstrap(move="true")
        with database.passwords():
            if database.major >= 16:
                message = database.server.error(database.master, database.name, "SELECT 1")
                assert "pg_hba.conf rejects connection" in message
            else:
                database.as_master("SELECT 1")


def test_the_roles_log_in_with_tokens_once_the_tables_moved(database: Database) -> None:
    """Until then they can't log in: they are not members of rds_iam, and never have a password."""
    query = f"""
        SELECT pg_has_role(rolname, 'rds_iam', 'MEMBER'), rolpassword IS NULL FROM pg_authid
        WHERE rolname IN ('{database.owner}', '{database.runtime}')"""
    for move, found in (("false", "f|t"), ("true", "t|t"), ("false", "f|t")):
        database.bootstrap(move=move)
        assert database.server.run("rdsadmin", database.name, query).splitlines() == [found, found]


def test_the_master_user_does_not_inherit_from_the_owner(database: Database) -> None:
    """RDS rejects the password of a member of rds_iam. Since PostgreSQL 16, a role is a member of those that
    it created, without inheriting from them; then the Job logs in with its token."""
    database.bootstrap()
    for role in (database.owner, database.runtime):
        query = ", ".join(
            f"pg_has_role('{database.master}', '{role}', '{how}')" for how in ("USAGE", "MEMBER")
        )
        found = database.server.run("rdsadmin", database.name, f"SELECT {query}")
        assert found == ("f|t" if database.major >= 16 else "f|f")


def test_the_owner_can_create_trusted_extensions(database: Database) -> None:
    """Migrations create them; those that are not trusted need the master user."""
    available = "SELECT count(*) FROM pg_available_extensions WHERE name = 'pgcrypto'"
    if database.server.run("rdsadmin", database.name, available) == "0":
        pytest.skip("the server has no contrib modules")
    database.bootstrap()
    database.as_owner("CREATE EXTENSION pgcrypto")


def test_extensions_stay_with_their_owner(database: Database) -> None:
    """Their members belong to the extension, whose owner updates it."""
    available = "SELECT count(*) FROM pg_available_extensions WHERE name = 'hstore'"
    if database.server.run("rdsadmin", database.name, available) == "0":
        pytest.skip("the server has no contrib modules")
    database.as_master(
        "CREATE EXTENSION hstore",
        "CREATE TABLE tags (id int, tags hstore)",
        "CREATE TABLE member (id int)",
        "ALTER EXTENSION hstore ADD TABLE member",
    )
    assert database.bootstrap() == ""
    database.as_runtime("INSERT INTO tags VALUES (1, 'a=>b')")
    owner = "SELECT relowner::regrole FROM pg_class WHERE relname = 'member'"
    assert database.server.run("rdsadmin", database.name, owner) == database.master


def test_a_schema_public_of_rds_itself_is_left_alone(database: Database) -> None:
    """The script reports it; everything else is set up."""
    database.server.run("rdsadmin", database.name, "ALTER SCHEMA public OWNER TO rdsadmin")
    assert "The schema public belongs to neither the master user nor the owner" in database.bootstrap()
    database.as_owner("CREATE SCHEMA sales", "CREATE TABLE sales.orders (id int)")
    database.as_runtime("INSERT INTO sales.orders VALUES (1)")


def test_a_role_that_the_master_user_cannot_administer_is_enough_if_all_is_set_up(database: Database) -> None:
    """After an upgrade from 15 to 16 or later, the master user has no ADMIN option on older roles."""
    database.bootstrap()
    if database.major >= 16:
        database.server.run(
            "rdsadmin",
            "postgres",
            f'REVOKE "{database.owner}" FROM {database.master}',
            f'REVOKE "{database.runtime}" FROM {database.master}',
        )
    before = database.state()
    database.bootstrap()
    assert database.state() == before


def test_the_roles_cannot_be_the_master_user() -> None:
    """Their names are longer than the 16 characters that RDS allows for it, and valid in PostgreSQL."""
    for role in (OWNER, RUNTIME):
        assert 16 < len(role) <= 63
        assert role.replace("_", "").isalpha()
        assert role == role.lower()
