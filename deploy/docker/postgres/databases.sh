#!/bin/sh
# One database and one role per service; no role reaches another's database. Passwords come from the services' own URLs.
set -eu

for name in gateway planning build-coordinator test-orchestrator deployer monitor feedback; do
  password=$(sed -E 's#^[^:]+://[^:]+:([^@]+)@.*#\1#' "/run/secrets/$name-database-url")
  psql --username "$POSTGRES_USER" --set ON_ERROR_STOP=1 --set name="$name" --set password="$password" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
done
