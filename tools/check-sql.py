#!/usr/bin/env python3
"""Checks every SQL literal of src/ on both engines: prepares it on a migrated SQLite and on a migrated PostgreSQL, and looks for
what is banned (see "SQL that runs on both" in docs/decisions/0002-sqlite-group-commit.md). Names file:line of each fault; exit 1 if any.

  tools/check-sql.py [ROOT] [-v]     PostgreSQL: YIWANG_TEST_PG (a URL), else a cluster of its own by tools/test-postgres.sh

What counts as SQL: a string (adjacent literals joined, macros and constants that are strings put in) that begins with SELECT, INSERT,
UPDATE, DELETE or WITH; and the .sql, .sqlite_only, .postgres_only of migrations. A statement for one engine only says so in itself:
/* postgres */ or /* sqlite */. record/ builds the SQL of run-time tables: there, texts with %s or r<id>_g<n> are left out, and
elsewhere SQL with a printf conversion is a fault. Values written in BIND(...) give the parameter types, as the store does. A list's statement with pieces that stay when they are asked for
(asked_sql in src/core/core.h) is checked whole, and without any of them."""
import os
import re
import sqlite3
import subprocess
import sys

ROOMS = "base seal net store core evidence people notice place catalog record casework event hotline emergency form exchange verify compare intake partner cascade measure life portal app".split()
# builds run-time SQL; tests' helper; speaks to other people's databases
EXEMPT = {"src/record/sql.c", "src/store/store_testing.h", "src/exchange/reader_postgres.c", "src/exchange/delivery_postgres.c", "src/exchange/delivery_postgres_swap.c",
          "src/exchange/delivery_odbc.c", "src/exchange/delivery_odbc_rows.c", "src/exchange/delivery_odbc_mark.c", "src/exchange/odbc_dialect.c",
          "src/exchange/record_file_gpkg.c", "src/exchange/proxy_read.c", "src/exchange/proxy_odbc.c", "src/exchange/proxy_sql.c",
          "src/exchange/proxy_dialect.c"}
BUILDERS = ("src/record/", "src/store/")  # rooms that may put a table's name into SQL
VERB = re.compile(r"\s*(?:/\*.*?\*/\s*)*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH)\s", re.S)
TOKEN = re.compile(
    r'(?P<space>\s+|//[^\n]*|/\*.*?\*/|\\\n)|(?P<string>"(?:\\.|[^"\\])*")|(?P<char>\'(?:\\.|[^\'\\])+\')'
    r'|(?P<name>[A-Za-z_]\w*)|(?P<number>\d[\w.]*)|(?P<mark>.)', re.S)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", '"': '"', "\\": "\\", "'": "'"}
TYPES = {"val_int": "bigint", "val_double": "double precision", "val_blob": "bytea", "val_text": "unknown", "val_str": "unknown"}

BANNED = [
    (r"::", "'::' (use CAST)"),
    (r"\b(true|false)\b", "true/false (use 1/0)"),
    (r"(?<!as bigint\) )(?<![\w)])\$\d+ is (not )?null", "bare $n IS NULL (CAST it)"),
    (r"\bilike\b", "ILIKE (use lower(...) LIKE)"),
    (r"\bnow\(\)", "now() (pass microseconds)"),
    (r"= ?any\b", "= ANY"),
    (r"\bjson_each\b", "json_each"),
    (r"\bdistinct on\b", "DISTINCT ON"),
    (r"\blateral\b", "LATERAL"),
    (r"\bfor (update|share)\b", "FOR UPDATE (use db_lock)"),
    (r"\bidentity\b", "IDENTITY"),
    (r"\b(string_agg|group_concat)\b", "string_agg/group_concat"),
    (r"\b(greatest|least)\(", "greatest/least (use CASE)"),
    (r"\bround\([^()]*,", "round(x, n)"),
    (r"(?<!cast\()\bavg\(", "uncast avg"),
]


class Token:
    __slots__ = ("kind", "text", "line")

    def __init__(self, kind, text, line):
        self.kind, self.text, self.line = kind, text, line


def unquote(literal):
    return re.sub(r"\\(x[0-9a-fA-F]+|[0-7]{1,3}|.)", lambda m: ESCAPES.get(m.group(1), "?"), literal[1:-1])


def tokens_of(source):
    out, line = [], 1
    for match in TOKEN.finditer(source):
        kind, text = match.lastgroup, match.group()
        if kind != "space":
            out.append(Token(kind, text, line))
        line += text.count("\n")
    return out


def split_macros(source):
    """Object-like macros of strings, and the source with every #-line blanked (line numbers kept)."""
    macros = {}

    def take(match):
        body = re.match(r"#\s*define\s+(\w+)[ \t]+(.*)", match.group(), re.S)
        # of literals, or of names of such
        if body and ('"' in body.group(2) or re.fullmatch(r"[A-Z_0-9\s\\]+", body.group(2))):
            macros[body.group(1)] = tokens_of(body.group(2))
        return "\n" * match.group().count("\n")

    source = re.sub(r"^[ \t]*#(?:[^\n\\]|\\.)*(?:\\\n(?:[^\n\\]|\\.)*)*", take, source, flags=re.M)
    return macros, source


class File:
    def __init__(self, path, text, shared):
        self.path = path
        self.macros, text = split_macros(text)
        self.macros = {**shared, **self.macros}
        self.tokens = tokens_of(text)

    def is_string(self, token):
        return token.kind == "string" or (token.kind == "name" and token.text in self.macros)

    def value(self, token):
        if token.kind == "string":
            return unquote(token.text)
        parts = self.macros[token.text]
        if not all(part.kind == "string" or part.text in self.macros for part in parts):
            return None
        values = [self.value(part) for part in parts]
        return None if None in values else "".join(values)

    def strings(self):
        """(index of first token, index after, text, line) of each run of adjacent string literals."""
        at = 0
        while at < len(self.tokens):
            if not self.is_string(self.tokens[at]):
                at += 1
                continue
            start, parts = at, []
            while at < len(self.tokens) and self.is_string(self.tokens[at]):
                parts.append(self.value(self.tokens[at]))
                at += 1
            if None not in parts:
                yield start, at, "".join(parts), self.tokens[start].line

    def bind_types(self, after):
        """The types of `, BIND(...)` or [] for `, NO_BIND` that follows; None when neither does."""
        tokens = self.tokens
        if after + 1 >= len(tokens) or tokens[after].text != ",":
            return None
        if tokens[after + 1].text == "NO_BIND":
            return []
        if tokens[after + 1].text != "BIND":
            return None
        depth, types, fresh = 0, [], True
        for token in tokens[after + 2:]:
            if fresh and depth == 1:
                types.append(TYPES.get(token.text, "unknown"))
                fresh = False
            if token.text in "([{":
                depth += 1
                fresh = fresh or depth == 1
            elif token.text in ")]}":
                depth -= 1
                if depth == 0:
                    return types
            elif token.text == "," and depth == 1:
                fresh = True
        return None


class Statement:
    def __init__(self, place, sql, types):
        self.place, self.sql, self.types = place, sql, types
        numbers = [int(n) for n in re.findall(r"\$(\d+)", mask(sql))]
        self.count = max(numbers, default=0)
        self.engine = "postgres" if "/* postgres */" in sql else "sqlite" if "/* sqlite */" in sql else None


PIECE = re.compile(r"/\*if \$\d+\*/((?:(?!/\*if |/\*end\*/).)*)/\*end\*/", re.S)  # an innermost one


def bare(sql):
    """A statement with pieces as it is when nothing is asked for, its values numbered anew; None when pieces do not pair up."""
    while PIECE.search(sql):
        sql = PIECE.sub("", sql)
    if "/*if" in sql or "/*end" in sql:
        return None
    numbers = {}
    return re.sub(r"\$(\d+)", lambda m: "$%d" % numbers.setdefault(m.group(1), len(numbers) + 1), sql)


def mask(sql):
    """SQL without comments, the contents of quotes blanked."""
    return re.sub(r"'(?:''|[^'])*'", "''", re.sub(r"/\*.*?\*/", " ", sql, flags=re.S))


def banned(sql):
    text = re.sub(r"\s+", " ", mask(sql)).lower()
    for pattern, name in BANNED:
        if re.search(pattern, text):
            yield name
    if re.search(r"\blike\b", text) and "lower(" not in text:
        yield "LIKE without lower()"


def read_sources(root):
    texts = {}
    for room in ROOMS:
        folder = os.path.join(root, "src", room)
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            if re.search(r"\.[ch]$", name) and not name.endswith("_test.c"):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    texts["src/%s/%s" % (room, name)] = file.read()
    shared = {}
    for path, text in texts.items():
        if path.endswith(".h"):
            shared.update(split_macros(text)[0])
    return texts, shared


def migration_field(file, start):
    tokens = file.tokens
    if start >= 3 and tokens[start - 1].text == "=" and tokens[start - 3].text == ".":
        return tokens[start - 2].text if tokens[start - 2].text in ("sql", "sqlite_only", "postgres_only") else None
    return None


def constants_used_in_migrations(file):
    """`.sql = name` where `static const char name[] = "…"`."""
    for i, token in enumerate(file.tokens[:-3]):
        if token.text == "." and file.tokens[i + 1].text in ("sql", "sqlite_only", "postgres_only") and file.tokens[i + 2].text == "=":
            yield file.tokens[i + 3].text, file.tokens[i + 1].text


def collect(texts, shared):
    statements, migrations, faults = [], [], []
    for path, text in texts.items():
        if path in EXEMPT:
            continue
        file = File(path, text, shared)
        named = dict(constants_used_in_migrations(file))
        for start, after, sql, line in file.strings():
            place = "%s:%d" % (path, line)
            before = [token.text for token in file.tokens[max(0, start - 4):start]]
            field = migration_field(file, start)
            if not field and before[-1:] == ["="] and before[:1] and before[0] in named and re.search(r"CREATE|ALTER TABLE|;\n", sql):
                field = named[before[0]]
            if field:
                migrations.append((place, field, sql))
            elif re.match(r"\s*(/\*.*?\*/\s*)*CREATE TABLE IF NOT EXISTS", sql, re.S):
                migrations.insert(0, (place, "sql", sql))
            elif VERB.match(sql):
                if path.startswith(BUILDERS) and re.search(r"%[-0-9.*]*[a-z]|\br\$|r\d+_g\d+", mask(sql)):
                    continue
                if re.search(r"%(s|d|u|l+d|\.\*s)", mask(sql)):
                    faults.append("%s: SQL is put together at run time; only record/sql.c may" % place)
                    continue
                if path.startswith(BUILDERS) and file.tokens[after].text in (")",) and "buf_" in "".join(before):
                    continue  # a piece of a statement
                statements.append(Statement(place, sql, file.bind_types(after)))
                if "/*if" in sql or "/*end" in sql:
                    least = bare(sql)
                    if least is None:
                        faults.append("%s: pieces /*if $n*/ … /*end*/ do not pair up: %.120s" % (place, sql))
                    else:
                        statements.append(Statement(place, least, None))
    return statements, migrations, faults


def split_script(script):
    return [part for part in script.split(";\n") if part.strip()]


def check_spread(texts):
    for path, text in texts.items():
        if path in EXEMPT or path.startswith("src/record/generation"):
            continue
        lines = text.split("\n")
        for i, line in enumerate(lines):
            found = re.search(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", line)
            if found and '"' in line:
                yield "%s:%d" % (path, i + 1), found.group(1), spread_near(lines, i)


def spread_near(lines, i):
    """Said on the line itself, on one of the two before, or on one of the two after; not past another table."""
    before = [line for line in lines[max(0, i - 2):i]]
    while any("CREATE TABLE" in line for line in before):
        before.pop(0)
    for line in [lines[i]] + before[::-1] + lines[i + 1:i + 3]:
        spread = re.search(r"spread: ?(local|reference|by\((\w+)\))", line)
        if spread:
            return spread.groups()
    return None


def unique_columns(db, table):
    """Each unique key of a table as a list of column names."""
    info = db.execute("PRAGMA table_info(%s)" % table).fetchall()
    key = [row[1] for row in sorted(info, key=lambda row: row[5]) if row[5]]
    keys = [key] if key else []
    for row in db.execute("PRAGMA index_list(%s)" % table).fetchall():
        if row[2] and row[3] != "pk":
            keys.append([column[2] for column in db.execute("PRAGMA index_info(%s)" % row[1])])
    return keys


def check_sqlite(statements, migrations, texts, faults):
    db = sqlite3.connect(":memory:", isolation_level=None)
    for place, field, script in migrations:
        for sql in split_script(script) if field != "postgres_only" else []:
            try:
                db.execute(sql)
            except sqlite3.Error as error:
                faults.append("%s: SQLite: %s in migration: %.120s" % (place, error, sql.strip()))
    for statement in statements:
        if statement.engine == "postgres":
            continue
        try:
            values = {str(i + 1): None for i in range(statement.count)}
            db.execute("EXPLAIN " + statement.sql, values)
        except (sqlite3.Error, sqlite3.Warning) as error:
            faults.append("%s: SQLite: %s in: %.160s" % (statement.place, error, statement.sql))
    for place, table, spread in check_spread(texts):
        if not spread:
            faults.append("%s: table %s does not declare its spread (a comment: spread: local | reference | by(column))" % (place, table))
            continue
        for key in unique_columns(db, table) if spread[1] else []:
            if spread[1] not in key:
                faults.append("%s: table %s is spread by(%s), but its unique key (%s) does not contain it"
                              % (place, table, spread[1], ", ".join(map(str, key))))


class Postgres:
    """A database of its own in the test cluster."""

    def __init__(self, root):
        self.tool, self.folder = os.path.join(root, "tools/test-postgres.sh"), None
        url = os.environ.get("YIWANG_TEST_PG")
        if not url:
            self.folder = "/tmp/yiwang-check-sql-%d" % os.getpid()
            url = subprocess.run([self.tool, "start", self.folder], check=True, capture_output=True, text=True).stdout.strip()
        self.admin, self.name = url, "check_sql_%d" % os.getpid()
        self.run_admin("CREATE DATABASE %s TEMPLATE template0" % self.name)
        self.url = url.rsplit("/", 1)[0] + "/" + self.name

    def run_admin(self, sql):
        subprocess.run(["psql", "-X", "-q", self.admin, "-c", sql], check=True, stdout=subprocess.DEVNULL)

    def close(self):
        self.run_admin("DROP DATABASE %s WITH (FORCE)" % self.name)
        if self.folder:
            subprocess.run([self.tool, "stop", self.folder], check=True)

    def errors(self, scripts):
        """Runs (place, sql) one by one in a single psql; {place index: message}."""
        # \r: an unfinished statement must not swallow the next one
        text = "".join("\\r\n\\warn @@%d\n%s;\n" % (i, sql) for i, (_, sql) in enumerate(scripts))
        done = subprocess.run(["psql", "-X", "-q", "-v", "VERBOSITY=terse", self.url], input=text, text=True, capture_output=True)
        found, at = {}, -1
        for line in done.stderr.split("\n"):
            mark = re.match(r"@@(\d+)$", line)
            if mark:
                at = int(mark.group(1))
            elif "ERROR" in line or "FATAL" in line:
                found.setdefault(at, line.split("ERROR:", 1)[-1].strip())
        return found


def check_postgres(root, statements, migrations, faults):
    postgres = Postgres(root)
    try:
        scripts = [(place, sql) for place, field, script in migrations if field != "sqlite_only" for sql in split_script(script)]
        for i, message in postgres.errors(scripts).items():
            faults.append("%s: PostgreSQL: %s in migration: %.120s" % (scripts[i][0], message, scripts[i][1].strip()))
        prepared = []
        for i, statement in enumerate(s for s in statements if s.engine != "sqlite"):
            types = (statement.types or []) + ["unknown"] * (statement.count - len(statement.types or []))
            head = "PREPARE p%d%s AS " % (i, "(%s)" % ", ".join(types) if types else "")
            prepared.append((statement, head + statement.sql.rstrip().rstrip(";")))
        scripts = [(statement.place, sql) for statement, sql in prepared]
        for i, message in postgres.errors(scripts).items():
            faults.append("%s: PostgreSQL: %s in: %.160s" % (prepared[i][0].place, message, prepared[i][0].sql))
    finally:
        postgres.close()


def check_counts(statements, faults):
    for statement in statements:
        if statement.types is not None and len(statement.types) != statement.count:
            faults.append("%s: the statement takes %d values, %d are bound: %.120s"
                          % (statement.place, statement.count, len(statement.types), statement.sql))
        if mask(statement.sql).count("(") != mask(statement.sql).count(")"):
            faults.append("%s: an unfinished statement: %.120s" % (statement.place, statement.sql))
        for name in banned(statement.sql) if not statement.engine else ():
            faults.append("%s: banned: %s in: %.120s" % (statement.place, name, statement.sql))


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "-v"]
    root = arguments[0] if arguments else "."
    texts, shared = read_sources(root)
    statements, migrations, faults = collect(texts, shared)
    check_counts(statements, faults)
    for place, field, script in migrations:
        for name in banned(script) if field == "sql" else ():
            faults.append("%s: banned: %s in a migration" % (place, name))
    check_sqlite(statements, migrations, texts, faults)
    check_postgres(root, statements, migrations, faults)
    if "-v" in sys.argv:
        for statement in statements:
            print("%s: %s %s" % (statement.place, statement.types, statement.sql[:100]))
    for fault in faults:
        print(fault, file=sys.stderr)
    print("check-sql: %d statements and %d migration scripts on both engines, %d faults" % (len(statements), len(migrations), len(faults)))
    sys.exit(1 if faults else 0)


main()
