"""No statement reaches files, the network, other databases, settings or the machine, and none shows where it runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worlds.duckdb_ground import build, digests, refusal, rows, run
from worlds.parts.sql.database import DatabaseError, Result
from worlds.parts.sql.duckdb.part import DuckDatabase

OUTSIDE = """
copy people to 'stolen.csv'
copy people to '/dev/stdout'
copy people to 's3://bucket/x.parquet'
copy (select 1) to 'stolen.parquet' (format parquet)
copy people from '/etc/passwd'
copy people from stdin
copy people from '/dev/stdin'
copy from database warehouse to memory
with x as (copy people to 'stolen.csv') select 1
with x as materialized (copy (select 1) to 'stolen.csv') select * from x
prepare p as copy people to 'stolen.csv'
explain copy people to 'stolen.csv'
explain analyze copy people to 'stolen.csv'
export database 'stolen'
import database 'stolen'
from read_csv('/etc/passwd')
from read_csv_auto('/etc/passwd')
select * from read_json('/etc/passwd')
from read_json_auto(['/etc/passwd'])
from read_ndjson('/etc/passwd')
from read_parquet('/etc/passwd')
from parquet_scan('x.parquet')
from parquet_metadata('x.parquet')
from parquet_schema('x.parquet')
from parquet_file_metadata('x.parquet')
from read_text('/etc/passwd')
from read_blob('/etc/passwd')
from read_text('/proc/self/environ')
from read_text('/proc/self/cmdline')
from read_duckdb('other.duckdb')
from sniff_csv('/etc/passwd')
from glob('*')
from glob('/**')
from '/etc/passwd'
from '/data/warehouse.duckdb'
from read_blob('/data/warehouse.duckdb')
from "people.csv"
from 'x.parquet'
from 'https://example.test/x.csv'
from read_csv('http://127.0.0.1:80/')
from read_parquet('s3://bucket/x')
from read_parquet('hf://datasets/x')
from read_text('data:text/plain,x')
attach 'other.duckdb'
attach 'other.duckdb' as o (read_only)
attach or replace 'other.duckdb' as warehouse
attach ':memory:' as o
attach if not exists ':memory:'
attach '' as o
attach 'http://127.0.0.1/x.duckdb'
attach 'host=127.0.0.1' as pg (type postgres)
attach 'x.sqlite' (type sqlite)
attach 'md:other'
connect 'quack://127.0.0.1'
connect
disconnect
install httpfs
force install httpfs
install 'x.duckdb_extension'
load httpfs
load '/tmp/x.duckdb_extension'
update extensions
create view v as from read_csv('/etc/passwd')
create table x as from read_csv('/etc/passwd')
create macro m() as table from read_csv('/etc/passwd')
create type t as enum (select content from read_text('/etc/passwd'))
from query('from read_csv(''/etc/passwd'')')
from query('select * from ' || 'people')
from query_table('/etc/passwd')
prepare p as from read_csv('/etc/passwd')
explain from read_csv('/etc/passwd')
select * from json_execute_serialized_sql('{}')
pragma json_execute_serialized_sql('{}')
set variable x = (select content from read_text('/etc/passwd'))
insert into log select 1, content from read_text('/etc/passwd')
select (select content from read_text('/etc/passwd'))
create secret (type http)
create persistent secret s (type s3)
create temporary secret s (type s3, key_id 'a', secret 'b')
drop secret s
select getenv('HOME')
select pg_read_file('/etc/passwd')
from pg_ls_dir('/')
select http_get('http://127.0.0.1')
from pandas_scan(1)
from python_map_function(1)
from force_checkpoint('warehouse')
select * from checkpoint('warehouse')
call force_checkpoint()
from create_external_resource('x')
select write_log('x')
call truncate_duckdb_logs()
""".strip().splitlines()
SETTINGS = """
set threads = 8
set global threads = 8
set session memory_limit = '10GB'
set memory_limit = '10GB'
set temp_directory = '/tmp'
set enable_external_access = true
set lock_configuration = false
set allowed_directories = ['/']
set allowed_paths = ['/etc/passwd']
set allowed_configs = ['threads']
set home_directory = '/tmp'
set extension_directory = '/tmp'
set secret_directory = '/tmp'
set autoload_known_extensions = true
set log_query_path = '/tmp/log'
set checkpoint_threshold = '1kb'
set wal_autocheckpoint = '1kb'
set max_execution_time = 1
set profiling_output = '/tmp/out'
set TimeZone = 'America/New_York'
set python_enable_replacements = true
reset threads
reset lock_configuration
pragma threads = 8
pragma memory_limit = '10GB'
pragma enable_profiling
pragma enable_verification
pragma disable_optimizer
pragma enable_logging
pragma force_checkpoint
pragma add_parquet_key('key128', '0123456789112345')
call enable_logging()
call enable_profiling()
explain set threads = 8
explain analyze checkpoint
prepare p as set threads = 8
""".strip().splitlines()
SHADOWS = """
create macro now() as timestamp '1999-01-01'
create or replace macro main.now() as 5
create temp macro now() as 5
create function sha256(x) as 'a'
create or replace temp function "strlen"(x) as 1
create macro warehouse.main.lower(x) as x
drop macro now
drop macro if exists temp.main.today
create type integer as varchar
create schema people.inner
detach warehouse
use memory
use system
""".strip().splitlines()


@pytest.fixture(scope="module")
def shop() -> DuckDatabase:
    return build()


@pytest.fixture(autouse=True)
def nothing_changes(shop: DuckDatabase) -> Iterator[None]:
    before = digests(shop)
    yield
    assert shop.settle("agent") == []
    assert digests(shop) == before


@pytest.mark.parametrize("sql", OUTSIDE)
def test_nothing_outside_is_reached(shop: DuckDatabase, sql: str) -> None:
    said = refusal(shop, sql)

    assert "root:" not in said and "Interrupted" not in said
    assert str(Path.home()) not in said and "worker-" not in said and "/live" not in said


@pytest.mark.parametrize("sql", SETTINGS)
def test_settings_stay_as_they_are(shop: DuckDatabase, sql: str) -> None:
    said = refusal(shop, sql)

    assert "locked" in said or "disabled" in said or "syntax error" in said or "not a preparable" in said
    assert rows(shop, "select current_setting('threads'), current_setting('TimeZone')") == [(1, "UTC")]


@pytest.mark.parametrize("sql", SHADOWS)
def test_nothing_poses_as_the_engines_own(shop: DuckDatabase, sql: str) -> None:
    refusal(shop, sql)

    assert rows(shop, "select lower('A'), today() = current_date, current_database()") == [("a", True, "warehouse")]


@pytest.mark.parametrize(
    "sql",
    [
        "load json",
        "checkpoint",
        "force checkpoint",
        "call checkpoint()",
        "vacuum",
        "analyze",
        "use main",
        "pragma table_info('people')",
        "pragma database_list",
        "call pragma_version()",
        "select version()",
        "from query('select 1')",
        "from query_table('people')",
        "select copy from (select 1 as copy)",
        "select (copy) from (select 1 as copy)",
        "explain select 1",
        "explain (format json) select 1",
        "explain analyze select 1",
        "show all tables",
        "from duckdb_settings()",
    ],
)
def test_what_harms_nobody_is_answered(shop: DuckDatabase, sql: str) -> None:
    assert isinstance(run(shop.fork(), sql), Result)


@pytest.mark.parametrize(
    "sql",
    [
        "select * from duckdb_databases()",
        "select * from duckdb_settings()",
        "select * from duckdb_functions() where database_name = 'temp'",
        "select * from duckdb_variables()",
        "select * from duckdb_extensions()",
        "select * from duckdb_secrets()",
        "select * from duckdb_temporary_files()",
        "pragma database_list",
        "select current_setting('allowed_paths')",
        "select current_setting('home_directory'), current_setting('secret_directory')",
        "select [path] from duckdb_databases()",
        "select {'p': path} from duckdb_databases()",
        "show databases",
        "select current_user, session_user, user",
        "explain analyze select * from people",
    ],
)
def test_nothing_shows_where_it_runs(shop: DuckDatabase, sql: str) -> None:
    told = str(run(shop, sql)).lower()

    for word in (
        "worker-",
        "/live",
        "/tmp",
        "/dev/shm",
        str(Path.home()).lower(),
        "wall_clock",
        "soundstage",
        "sandbox",
    ):
        assert word not in told


def test_measured_times_are_not_shown(shop: DuckDatabase) -> None:
    (plan,) = rows(shop, "explain analyze select count(*) from range(3000000)")

    assert "Total Time: 0.0000s" in plan[1]
    assert rows(shop, "explain analyze select count(*) from range(3000000)") == [plan]


def test_long_texts_and_deep_ones_are_refused(shop: DuckDatabase) -> None:
    for sql in ("select '" + "x" * 2_000_000 + "'", "select " + "-" * 50_000 + "1", "select [" * 3_000 + "]" * 3_000):
        assert isinstance(run(shop, sql), DatabaseError)


def test_texts_that_are_no_unicode_are_refused(shop: DuckDatabase) -> None:
    assert "surrogates not allowed" in refusal(shop, "select '\ud800'")
    assert rows(shop, "select chr(0), chr(1)") == [("\0", "\1")]


def test_the_clock_cannot_be_set(shop: DuckDatabase) -> None:
    for sql in ("set variable wall_clock = now()", 'reset variable "wall_clock"', "select getvariable('wall_clock')"):
        refusal(shop, sql)
