"""Conditions in SQL by which a list of `matches` tells a story once. Pure."""

# A copy stays out where the article that it repeats is in the same list: of the topic and band of `matches`.
FOLDED = """NOT EXISTS (
        SELECT 1 FROM copies
        JOIN matches AS heads ON heads.article_id = copies.original_id AND heads.topic_id = matches.topic_id
        WHERE copies.article_id = matches.article_id AND copies.relation <> 'follow_up' AND heads.band = matches.band
    )"""
# A story waits for a person's word once: what repeats an article that matches, waits itself or was judged does not.
WAITING = """NOT EXISTS (
        SELECT 1 FROM copies
        WHERE copies.article_id = matches.article_id AND copies.relation <> 'follow_up' AND (
            EXISTS (
                SELECT 1 FROM matches AS heads
                WHERE heads.article_id = copies.original_id AND heads.topic_id = matches.topic_id
            ) OR EXISTS (
                SELECT 1 FROM feedback
                WHERE feedback.article_id = copies.original_id AND feedback.topic_id = matches.topic_id
            )
        )
    )"""
