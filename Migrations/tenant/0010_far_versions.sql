-- A version may begin thousands of years from now: its minute is no integer of four bytes then.

CREATE OR REPLACE FUNCTION refuse_cut_of_archived_minute() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    version CONSTANT jsonb := to_jsonb(NEW);
    cut CONSTANT bigint := floor(date_part('epoch', NEW.valid_from) / 60);
BEGIN
    IF EXISTS (
        SELECT FROM detection_archive AS archive JOIN minute_count AS counted USING (line_id)
        WHERE archive.restored_until IS NULL AND archive.month_start <= NEW.valid_from
            AND archive.month_end > NEW.valid_from AND counted.minute = cut
            AND line_id IN (
                SELECT (version ->> 'line_id')::integer
                UNION SELECT line_id FROM ideal_rate WHERE ideal_rate_id = (version ->> 'ideal_rate_id')::integer
                UNION SELECT line_id FROM line_content WHERE product_id = (version ->> 'product_id')::integer))
    THEN
        RAISE EXCEPTION 'the detections of the minute of % are archived', NEW.valid_from
            USING ERRCODE = 'RA001', TABLE = TG_TABLE_NAME, COLUMN = 'valid_from';
    END IF;
    RETURN NULL;
END
$$;
