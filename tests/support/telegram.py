"""Pages in the form of a Telegram channel's public preview, with invented posts."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from tests.support.servers import answer


@dataclass(frozen=True)
class Message:
    """A post as the preview shows it."""

    number: int
    text: str = ""
    at: str = "2025-01-12T08:00:05+00:00"
    is_edited: bool = False
    forwarded_from: str = ""
    signed: str = ""
    answers: str = ""  # the text of the post that it answers
    question: str = ""  # of a poll
    file: str = ""
    is_service: bool = False

    def markup(self, channel: str) -> str:
        """Its element on the page."""
        text = escape(self.text).replace("\n", "<br/>")
        parts = [
            f'<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from '
            f'<a class="tgme_widget_message_forwarded_from_name" href="https://t.me/x"><span>{self.forwarded_from}</span></a></div>'
            if self.forwarded_from
            else "",
            '<a class="tgme_widget_message_reply"><div class="tgme_widget_message_text js-message_reply_text">'
            f"{self.answers}</div></a>"
            if self.answers
            else "",
            '<a class="tgme_widget_message_photo_wrap" style="background-image:url(x.jpg)"></a>',
            '<div class="tgme_widget_message_text js-message_text">'
            f'<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div></div>'
            if self.text
            else "",
            f'<div class="tgme_widget_message_poll_question">{self.question}</div>' if self.question else "",
            f'<div class="tgme_widget_message_document_title accent_color">{self.file}</div>'
            if self.file
            else "",
        ]
        signed = (
            f'<span class="tgme_widget_message_from_author" dir="auto">{self.signed}</span>&nbsp;'
            if self.signed
            else ""
        )
        mark = "edited &nbsp;" if self.is_edited else ""
        service = " service_message" if self.is_service else ""
        return (
            f'<div class="tgme_widget_message_wrap js-widget_message_wrap"><div class="tgme_widget_message'
            f' text_not_supported_wrap{service} js-widget_message" data-post="{channel}/{self.number}">'
            f'<div class="tgme_widget_message_bubble">{"".join(parts)}<div class="tgme_widget_message_footer">'
            f'<span class="tgme_widget_message_views">1.2K</span><span class="tgme_widget_message_meta">{signed}{mark}'
            f'<a class="tgme_widget_message_date" href="https://t.me/{channel}/{self.number}">'
            f'<time datetime="{self.at}" class="time">08:00</time></a></span></div></div></div></div>'
        )


def preview(messages: Iterable[Message], *, channel: str = "harbour", before: int | None = None) -> str:
    """A page of the preview; *before* is the number at which the page of older posts begins."""
    older = f'<link rel="prev" href="/s/{channel}?before={before}">' if before else ""
    more = f'<a class="tme_messages_more" data-before="{before}" href="/s/{channel}?before={before}"></a>'
    return (
        f"<!DOCTYPE html>\n<html><head><title>Harbour news – Telegram</title>{older}</head><body>"
        '<div class="tgme_header_title"><span>Harbour</span></div><div class="tgme_channel_info"><div'
        ' class="tgme_channel_info_header_title"><span dir="auto">Harbour news</span></div></div>'
        f'<section class="tgme_channel_history js-message_history">{more if before else ""}'
        f"{''.join(message.markup(channel) for message in messages)}</section></body></html>"
    )


NO_PREVIEW = (
    '<!DOCTYPE html>\n<html><head><title>Telegram: Contact @harbour</title></head><body class="no_transition">'
    '<div class="tgme_page_wrap"><div class="tgme_page"><div class="tgme_page_extra">If you have Telegram, you can'
    " contact @harbour right away.</div></div></div></body></html>"
)


def served(page: str) -> bytes:
    """A page as a server's answer."""
    return answer(page.encode())
