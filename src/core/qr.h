/**
 * @file
 * A short URL as a QR code (ISO/IEC 18004), in rows of text that a phone can scan
 * from a terminal. There is one size: version 2, error correction level M,
 * alphanumeric mode. The longest URL with an IPv4 address and a port fits.
 */
#ifndef LWCHAT_QR_H
#define LWCHAT_QR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    QR_TEXT_BYTES = 38, /**< the longest text */
    QR_SIDE = 25,       /**< modules */
    QR_QUIET = 4,       /**< light modules on each side, as the standard requires */
    QR_COLUMNS = QR_SIDE + 2 * QR_QUIET, /**< of the terminal */
    QR_ROWS = (QR_COLUMNS + 1) / 2,      /**< of text, each of two rows of modules */
    QR_ROW_BYTES = 3 * QR_COLUMNS        /**< the longest row */
};

struct qr {
    uint8_t dark[(QR_SIDE * QR_SIDE + 7) / 8]; /**< one bit per module, row by row */
};

/**
 * Encodes `text`, which may contain 0-9, A-Z, space and $%*+-./: only. Lower case
 * is encoded as upper case, which means the same in a URL's scheme and host.
 * @return false when the text does not fit or has another character.
 */
bool qr_encode(struct qr *qr, const char *text, size_t bytes);

/** True for a dark module; those outside are light. */
bool qr_dark(const struct qr *qr, unsigned x, unsigned y);

/**
 * Writes one of QR_ROWS rows of QR_COLUMNS characters, without a line end, in
 * UTF-8. Light modules are blocks and dark ones are spaces: on a dark terminal
 * that is the code as printed, on a light one its negative, which most phones
 * read too. Colours would be right on both, but their escape sequences would also
 * reach files and pipes, and count as columns on a board.
 * @return the number of bytes written; 0 when `bytes` is less than QR_ROW_BYTES.
 */
size_t qr_row(const struct qr *qr, unsigned row, char *out, size_t bytes);

#endif
