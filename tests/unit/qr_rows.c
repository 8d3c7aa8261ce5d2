/* Draws each line of its input as a QR code, for test_qr_read.py: prints its rows, or "refused". */
#include "core/qr.h"

#include <stdio.h>
#include <string.h>

int main(void)
{
    static char line[256];

    while (fgets(line, sizeof line, stdin) != NULL) {
        struct qr qr;
        if (!qr_encode(&qr, line, strcspn(line, "\n"))) {
            puts("refused");
            continue;
        }
        for (unsigned row = 0; row < QR_ROWS; row++) {
            char text[QR_ROW_BYTES];
            size_t bytes = qr_row(&qr, row, text, sizeof text);
            printf("%.*s\n", (int)bytes, text);
        }
    }
    return 0;
}
