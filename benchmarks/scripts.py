"""The ten steps that episodes of the benchmark take: file reads and writes, selects, an update and an insert."""

from typing import Any

WORLD: dict[str, Any] = {
    "soundstage": 1,
    "world": "benchmark",
    "servers": {
        "files": {
            "kind": "filesystem",
            "root": "/workspace",
            "tree": {f"notes/{number}.txt": f"note {number}\n" for number in range(1_000)},
        },
        "shop": {
            "kind": "sql",
            "imitates": "sqlite",
            "schema": """
                CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, total REAL NOT NULL, note TEXT);
                WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000)
                INSERT INTO orders SELECT i, i % 97, i * 1.25, 'order ' || i FROM c;
            """,
        },
    },
}

STEPS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("files", "read_text_file", {"path": "/workspace/notes/1.txt"}),
    ("shop", "read_query", {"query": "SELECT * FROM orders WHERE id = 7"}),
    ("files", "write_file", {"path": "/workspace/notes/1.txt", "content": "changed"}),
    ("shop", "read_query", {"query": "SELECT count(*) FROM orders WHERE customer = 3"}),
    ("shop", "write_query", {"query": "UPDATE orders SET total = total + 1 WHERE id = 7"}),
    ("files", "read_text_file", {"path": "/workspace/notes/2.txt"}),
    ("shop", "write_query", {"query": "INSERT INTO orders VALUES (5001, 3, 9.5, 'new')"}),
    ("files", "write_file", {"path": "/workspace/new.txt", "content": "a new file\n"}),
    ("shop", "read_query", {"query": "SELECT total FROM orders WHERE id = 5001"}),
    ("files", "list_directory", {"path": "/workspace"}),
)
