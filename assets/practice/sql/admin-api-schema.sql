-- Where the Admin API keeps what is its own.
CREATE SCHEMA IF NOT EXISTS adminapi;
