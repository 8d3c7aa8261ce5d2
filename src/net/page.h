/**
 * @file
 * The page for browsers, as stored in flash: tools/page turns
 * src/page/index.html into a C file at build time.
 */
#ifndef LWCHAT_PAGE_H
#define LWCHAT_PAGE_H

/** The page, compressed with gzip. */
extern const unsigned char page_gzip[];
extern const unsigned page_gzip_bytes;

/** Its ETag, with the quotes (RFC 9110 section 8.8.3). */
extern const char page_etag[];

/** Its header fields, each with its line end: types, length, ETag and policy. */
extern const char page_fields[];

#endif
