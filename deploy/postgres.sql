-- The database of Yiwang: one role that owns one database and may do nothing else. Run once as a superuser:
--   psql -v password="'…'" -f postgres.sql
-- Then: yiwang init DIR --store postgres://yiwang:…@127.0.0.1:5432/yiwang
-- Each process keeps about 40 connections; set max_connections accordingly (see docs/operations.md).
\set ON_ERROR_STOP on
CREATE ROLE yiwang LOGIN PASSWORD :password
	NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
CREATE DATABASE yiwang OWNER yiwang ENCODING 'UTF8' TEMPLATE template0 LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';
REVOKE ALL ON DATABASE yiwang FROM PUBLIC;
\connect yiwang
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO yiwang;
-- Promises that answers rest on: a commit is on disk before it is answered.
ALTER ROLE yiwang IN DATABASE yiwang SET synchronous_commit = on;
ALTER ROLE yiwang IN DATABASE yiwang SET timezone = 'UTC';

-- For a database that is only a *source* of loads (the department's own), a reading role is enough:
--   CREATE ROLE yiwang_reader LOGIN PASSWORD '…' CONNECTION LIMIT 5;
--   GRANT CONNECT ON DATABASE department TO yiwang_reader;
--   GRANT USAGE ON SCHEMA share TO yiwang_reader;
--   GRANT SELECT ON ALL TABLES IN SCHEMA share TO yiwang_reader;
