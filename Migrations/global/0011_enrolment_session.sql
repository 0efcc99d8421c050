-- A second factor is confirmed in the session that enrolled it: another of the same person's neither sees its secret nor
-- puts it in force. NULL: enrolled before this was kept, or by a gateway of before; such are enrolled again.
ALTER TABLE second_factor_enrolment ADD COLUMN sid uuid REFERENCES session_family ON DELETE CASCADE;
CREATE INDEX second_factor_enrolment_sid ON second_factor_enrolment (sid);
