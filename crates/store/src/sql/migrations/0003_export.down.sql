DROP INDEX feedback_received;
DROP INDEX suggested_card;
ALTER TABLE issued DROP COLUMN organization;
ALTER TABLE issued DROP COLUMN user_id;
