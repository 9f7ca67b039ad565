-- Whether the answer carried the card: live, silent (the site lets this client, service or rule decide unseen), or
-- held-back (the user was shown the same at the selection of the order, and answered it). What was there before was live,
-- and a version before this one, which does not name the column, still writes live cards.
ALTER TABLE issued ADD COLUMN mode TEXT NOT NULL DEFAULT 'live';
