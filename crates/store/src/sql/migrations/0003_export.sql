-- Who was shown a card and for which organisation, for the export of feedback. The user only where `store.users` asks for
-- it. A version before this one, which does not name the columns, leaves them empty.
ALTER TABLE issued ADD COLUMN user_id TEXT;
ALTER TABLE issued ADD COLUMN organization TEXT;

-- To find what belongs to a card that is deleted.
CREATE INDEX suggested_card ON suggested (card);
CREATE INDEX feedback_received ON feedback (received_ms);
