-- What is kept of cards, of what became of them, and of decisions. The same statements for SQLite and PostgreSQL.
-- Moments are milliseconds since 1970-01-01T00:00:00Z. Nothing here names a patient, except the content of records
-- where `record.content` asks for it, and comments where `store.comments` does.

-- One row a card that was sent.
CREATE TABLE issued (
    card TEXT PRIMARY KEY,          -- its uuid
    rule TEXT NOT NULL,
    indicator TEXT NOT NULL,
    service TEXT NOT NULL,
    hook TEXT NOT NULL,
    instance TEXT NOT NULL,         -- hookInstance of the call
    client TEXT,                    -- by its name in the settings, when it proved who it is
    library TEXT NOT NULL,          -- program, library and policy that decided
    at_ms BIGINT NOT NULL
);
CREATE INDEX issued_at ON issued (at_ms);

-- One row a suggestion on such a card.
CREATE TABLE suggested (
    suggestion TEXT PRIMARY KEY,    -- its uuid
    card TEXT NOT NULL,
    name TEXT NOT NULL              -- its id in the rule
);

-- One row an event: the same event sent again is the same row, a change of mind is a further one.
CREATE TABLE feedback (
    event TEXT PRIMARY KEY,         -- hash of card, outcome, moment and suggestions
    card TEXT NOT NULL,
    service TEXT NOT NULL,
    client TEXT,
    outcome TEXT NOT NULL,          -- accepted, overridden, or unreadable
    at_ms BIGINT NOT NULL,          -- as the client says, or when it came
    received_ms BIGINT NOT NULL,
    suggestions TEXT NOT NULL,      -- uuids of those accepted, a JSON array
    reason_system TEXT,
    reason TEXT,                    -- code of the reason for overriding
    reason_display TEXT,            -- its words, which the client gave with it
    commented BIGINT NOT NULL,      -- 1 when the user wrote something
    comment_text TEXT,              -- only with `store.comments`
    problem TEXT                    -- why it is unreadable
);
CREATE INDEX feedback_card ON feedback (card);

-- One row a recorded decision.
CREATE TABLE decision_records (
    id TEXT PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    service TEXT NOT NULL,
    instance TEXT NOT NULL,
    body TEXT NOT NULL              -- JSON
);
CREATE INDEX decision_records_at ON decision_records (at_ms);

-- One row a JWT that was used; it is kept until the JWT has expired.
CREATE TABLE used_jwts (
    jwt TEXT PRIMARY KEY,           -- hash of its issuer and its jti
    expires_s BIGINT NOT NULL       -- seconds since 1970-01-01T00:00:00Z
);
CREATE INDEX used_jwts_expires ON used_jwts (expires_s);
