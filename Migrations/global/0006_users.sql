-- Where a sign-in came from and when it was last used, for its owner to see; and an end to what nobody needs any more.

ALTER TABLE session_family
    -- to the minute; of tokens, when a new one was first used
    ADD COLUMN last_seen_at timestamptz NOT NULL DEFAULT now(),
    -- where it began: an address, or the network of one as limits count it; null: this machine
    ADD COLUMN address inet,
    ADD COLUMN user_agent text CHECK (char_length(user_agent) BETWEEN 1 AND 255);
ALTER TABLE page_session DROP COLUMN last_seen_at;

CREATE FUNCTION forget_old_sign_ins(most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH forgotten AS (
        DELETE FROM session_family WHERE sid IN (
            SELECT sid FROM session_family
            WHERE expires_at < now() - interval '30 days' OR ended_at < now() - interval '30 days'
            LIMIT most)
        RETURNING sid)
    SELECT count(*) FROM forgotten;
$$;
COMMENT ON FUNCTION forget_old_sign_ins(integer) IS 'Deletes sessions 30 days after their end, so many at most; gives how many.';
REVOKE ALL ON FUNCTION forget_old_sign_ins(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_old_sign_ins(integer) TO camet_gateway;
