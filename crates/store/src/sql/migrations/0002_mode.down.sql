-- A version before the mode would count cards as shown that nobody saw.
DELETE FROM suggested WHERE card IN (SELECT card FROM issued WHERE mode <> 'live');
DELETE FROM issued WHERE mode <> 'live';
ALTER TABLE issued DROP COLUMN mode;
