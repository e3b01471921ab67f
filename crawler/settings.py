"""What Scrapy is told: values only. Scrapy's own defaults are made for scraping one site and trusting it.

The bounds come from crawler/limits.py. A value that a user may set in seedwatch.toml is overridden for each crawl by
the worker; `scrapy crawl NAME -s SEEDWATCH_DB=...` works by hand.
"""

from importlib import metadata

from crawler import limits


def user_agent(contact: str = "") -> str:
    """The User-Agent that names us and, where one is given, the address at which a webmaster finds the operator."""
    product = f"seedwatch/{metadata.version('seedwatch')}"
    return f"{product} (+{contact})" if contact else product


# --- seedwatch's own settings ---------------------------------------------------------------------------------------
# The database file.
SEEDWATCH_DB = "seedwatch.db"
# The row of `runs` that a crawl belongs to; "" begins a run of its own.
SEEDWATCH_RUN = ""
# Names of the sources whose waiting pages are fetched too; none: all.
SEEDWATCH_SOURCES: list[str] = []
# Whether the crawl polls what falls due while it goes on, as those of the daemon do.
SEEDWATCH_TAKES_DUE = False
# A pipe to write counts to while the crawl runs; -1: none.
SEEDWATCH_PROGRESS_FD = -1
# The file that says what the spider `lookup` looks up.
SEEDWATCH_TASK = ""
# "host:port" pairs that may be fetched although they are private: crawler/downloader/gate.py.
SEEDWATCH_ALLOW_PRIVATE: list[str] = []
# How hosts of single sources are asked, as crawler/downloader/access.py writes it; "": as all others.
SEEDWATCH_ACCESS = ""

# --- what runs ------------------------------------------------------------------------------------------------------
BOT_NAME = "seedwatch"
SPIDER_MODULES = ["crawler.spiders"]
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
# Lookups of names run in these threads; a slow name server holds one each.
REACTOR_THREADPOOL_MAXSIZE = 20
ITEM_PIPELINES = {"crawler.pipelines.StorePipeline": 100}
EXTENSIONS = {"crawler.extensions.ProgressReport": 100, "crawler.downloader.server_clocks.ServerClocks": 200}
# Those of Scrapy's own that are wanted. It loads the others even where they are set to None, one of them with all of
# aiohttp: 0.1 s on the event loop and 14 MB.
EXTENSIONS_BASE = {
    "scrapy.extensions.memusage.MemoryUsage": 0,
    "scrapy.extensions.closespider.CloseSpider": 0,
    "scrapy.extensions.throttle.AutoThrottle": 0,
}
# Of Scrapy's own, each is one more generator around each answer. All statuses reach the spider, which records
# them, and nobody needs a request's depth. Without this one redirects would warn each time.
SPIDER_MIDDLEWARES_BASE = {"scrapy.spidermiddlewares.referer.RefererMiddleware": 700}
# Nobody reads its twelve counts of each request.
DOWNLOADER_STATS = False
# Doors into the process that nobody here needs; the second one runs Python code for whoever has its token.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
# Frozen records are passed on; a second request to an address is decided in the `links` table. The default filter
# drops a request without a word to its errback, a redirect to itself among them.
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
# The gate refuses long addresses, and says so; Scrapy would drop them without a word.
URLLENGTH_LIMIT = 0

# --- where we connect to --------------------------------------------------------------------------------------------
DOWNLOAD_HANDLERS = {"file": None, "data": None, "ftp": None, "s3": None}
# The check at the connection: crawler/downloader/resolver.py.
TWISTED_DNS_RESOLVER = "crawler.downloader.resolver.GateResolver"
DNS_TIMEOUT = limits.DNS_TIMEOUT_S
DNSCACHE_SIZE = limits.DNS_CACHE_NAMES
DOWNLOAD_VERIFY_CERTIFICATES = True
# A proxy from the environment would connect to what the gate refuses.
HTTPPROXY_ENABLED = False
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "crawler.downloader.middlewares.GateMiddleware": 50,
    # Only where a source has cookies, headers or a proxy of its own.
    "crawler.downloader.access_middleware.AccessMiddleware": 60,
    "crawler.downloader.robots.RobotsMiddleware": 100,
    # Behind robots.txt, for which a request may wait while its host is paused.
    "crawler.downloader.throttling.RetryAfterMiddleware": 110,
    "crawler.downloader.stopping.StopMiddleware": 120,
    # Reads the answer unpacked.
    "crawler.downloader.stub_refresh.StubRefreshMiddleware": 580,
    "crawler.downloader.middlewares.CompressionMiddleware": 590,
    "crawler.downloader.middlewares.CheckedRedirectMiddleware": 600,
}

# --- how much, how long ---------------------------------------------------------------------------------------------
DOWNLOAD_MAXSIZE = limits.PAGE_BYTES
# Warnings about large pages help nobody here; the bound refuses.
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_TIMEOUT = limits.FETCH_TIMEOUT_S
REDIRECT_MAX_TIMES = limits.REDIRECTS
# In an article's page, a refresh is a trick to reload advertisements; crawler/downloader/stub_refresh.py follows stubs.
METAREFRESH_ENABLED = False
# Stubs send on at once, or after some seconds in which their notice is read.
METAREFRESH_MAXDELAY = 15
# A failed link is asked for again by the next runs, after the pauses of crawler/limits.py, and a feed at its next
# poll; Twisted itself repeats a request whose kept connection had been closed. More would hammer a host in trouble,
# and count one fault three times.
RETRY_ENABLED = False

# --- politeness -----------------------------------------------------------------------------------------------------
USER_AGENT = user_agent()
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "seedwatch"
CONCURRENT_REQUESTS = 32
# Scrapy makes as many tasks for each answer, though a page gives one item: with 100 they are a tenth of its CPU time.
CONCURRENT_ITEMS = 4
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 1.0
DOWNLOAD_DELAY_JITTER = 0.5
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 1.0
AUTOTHROTTLE_MAX_DELAY = 60.0
AUTOTHROTTLE_TARGET_CONCURRENCY = 1.0
COOKIES_ENABLED = False
# An outlet need not know where it was read about.
REFERRER_POLICY = "no-referrer"
# Scrapy asks for English; an outlet's own language is wanted.
DEFAULT_REQUEST_HEADERS = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

# --- what is reported -----------------------------------------------------------------------------------------------
LOG_LEVEL = "WARNING"
LOGSTATS_INTERVAL = 0
STATS_DUMP = False
