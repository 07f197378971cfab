
-- Data standards 4 and 5.
ALTER TABLE edfi.student ADD COLUMN citizenshipstatusdescriptorid integer;
ALTER TABLE edfi.studentschoolassociation ADD COLUMN calendarcode character varying(60);
