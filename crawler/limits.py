"""Bounds with a good reason, in one place; they are no settings. Pure.

A value without a named source is this project's choice.
"""

# What a page or feed may weigh, decompressed, without the pictures that it carries in itself. Scrapy's
# 1 GiB let a 1 MB gzip bomb take 2.1 GB of memory; real article pages are 0.2 MB on average, the largest news sitemap
# allowed by sitemaps.org is 50 MB.
PAGE_BYTES = 16 * 2**20
# Bodies of answers that one crawl has in hand, unpacked; further packed ones wait for room, but not longer than so many
# seconds. 40 hosts that each sent 16 MB as 32 kB of gzip took 705 MB; 32 usual pages have 6 MB.
BODIES_BYTES = 2 * PAGE_BYTES
BODIES_PATIENCE_S = 60
# A whole answer, from connection to last byte. 30 s, as Miniflux and most readers allow 20 to 30 s.
FETCH_TIMEOUT_S = 30
# Page text handed to extraction: trafilatura needs over 100 s for 10 MB of flat paragraphs, 1.7 s for 1 MB.
EXTRACT_BYTES = 2 * 2**20
# Elements read of a page, and of a feed's newest entries. The largest of 925 real pages has 4,323; 2 MiB of <br> took
# 1,058 MB and 12 s. Of a feed 2,000 entries have 80,000; 16 MB of empty elements took 40 s.
PAGE_ELEMENTS = 50_000
FEED_ELEMENTS = 200_000
# Values in one JSON document that is polled: 2,000 entries have 60,000. 16 MB of empty lists took 962 MB.
JSON_VALUES = 500_000
# One parse or extraction in the pool; then its process is killed and replaced.
PARSE_TIMEOUT_S = 20
EXTRACT_TIMEOUT_S = 20
# Address space of each process that reads them, MB; one with topics, languages and a page reserves some 340.
READING_PROCESS_MB = 2_048
# Pages of one article that are read and joined.
ARTICLE_PAGES = 10
# An article's text and headline as they are stored.
TEXT_CHARACTERS = 500_000
# Of one element of a feed, its markup: an article of TEXT_CHARACTERS has about as many again of it.
ELEMENT_CHARACTERS = 1_000_000
TITLE_CHARACTERS = 500
SUMMARY_CHARACTERS = 2_000
# Longer addresses are cut by servers and browsers alike; Media Cloud's rss-fetcher uses the same bound.
URL_CHARACTERS = 2_048
# Entries read of one feed, sitemap or section page; Media Cloud's rss-fetcher uses 2,000 for feeds.
ENTRIES_PER_FEED = 2_000
# A section page with more links is a trap or an archive.
LINKS_PER_PAGE = 5_000
# Sitemaps followed from one index in one poll, newest first.
SITEMAPS_PER_INDEX = 20
SITEMAP_DEPTH = 2
# JSON documents asked for in the place of a list page that shows no articles.
LISTS_PER_PAGE = 3
# Pages fetched for one feed in one run; the rest stays queued for the next.
PAGES_PER_FEED_PER_RUN = 300
# Of them, pages that an earlier run has left over: what is new today has room beside a long history.
WAITING_PER_FEED_PER_RUN = 200
# A source with `first_crawl_pages` is on its first day for so long after its first page.
FIRST_DAY_S = 86_400
# An article dated later than this after its fetch is misdated (other zones reach 14 h ahead).
FUTURE_DATE_S = 86_400
# Requests that finding a site's feeds may cost.
DISCOVERY_REQUESTS = 12
# Sites that are searched at a time. A search waits for its host's delay nearly all the time: with twelve requests, a
# second apart, eight at a time search 1,000 sites in 25 minutes, and hold at most the bodies of what can be polled.
SITE_SEARCHES = 8
# A Crawl-delay above this would stop a source for good; it is capped, and shown.
CRAWL_DELAY_S = 60
# A Retry-After above one day is a mistake or a trap.
RETRY_AFTER_S = 86_400
# robots.txt is read up to here (RFC 9309 section 2.5 asks for at least 500 KiB).
ROBOTS_BYTES = 512_000
# It is kept for so long at most, over crawls, too (RFC 9309 section 2.4: not more than 24 hours).
ROBOTS_KEPT_S = 86_400
# Below this many words (characters, in scripts without spaces: three a word) a page has no article.
ARTICLE_WORDS = 30
# One DNS lookup. The resolver's own patience is 5 s a try, so this allows two.
DNS_TIMEOUT_S = 10
# How long a name's addresses are remembered; getaddrinfo does not tell their lifetime. Five minutes, a usual one.
DNS_CACHE_S = 300
DNS_CACHE_NAMES = 10_000
# Hops from a page's address to its answer; longer chains on news sites are loops.
REDIRECTS = 8
# Hops of robots.txt (RFC 9309 section 2.3.1.2 asks for at least five).
ROBOTS_REDIRECTS = 5
# robots.txt is a small file: a host that cannot give it in this time is not read in this run.
ROBOTS_TIMEOUT_S = 15
# Codings laid over one another in Content-Encoding; honest servers use one.
CONTENT_CODINGS = 2
# Vectors of texts that no article has, as a sample of what is read: one is 1 kB, and a topic's view of a language is of
# this month.
VECTOR_DAYS = 30
