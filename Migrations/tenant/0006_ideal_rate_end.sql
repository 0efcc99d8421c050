-- A product's own rate may end: from an inactive version on the line's rate holds, and what was made before keeps its own.

ALTER TABLE ideal_rate_version ADD COLUMN is_active boolean NOT NULL DEFAULT true;
