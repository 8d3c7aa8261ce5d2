/**
 * @file
 * The page for browsers, as it lies in flash: src/page/index.html, which
 * tools/page makes a C file of at build time.
 */
#ifndef LWCHAT_PAGE_H
#define LWCHAT_PAGE_H

/** The page, compressed (gzip), for any browser. */
extern const unsigned char page_gzip[];
extern const unsigned page_gzip_bytes;

/** What it is known by, with its quotes (RFC 9110 section 8.8.3). */
extern const char page_etag[];

/** The header fields that describe it, each with its line's end: types, length, ETag and policy. */
extern const char page_fields[];

#endif
