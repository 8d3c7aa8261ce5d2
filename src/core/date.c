#include "date.h"

static void put_digits(char *out, uint32_t number, unsigned digits)
{
    for (; digits > 0; digits--) {
        out[digits - 1] = (char)('0' + number % 10);
        number /= 10;
    }
}

/* Puts the date of a day since 1970 as YYYY-MM-DD. */
static void put_day(char *out, uint32_t day)
{
    enum { DAYS_IN_4_YEARS = 1461, DAYS_TO_1970 = 719468, DAYS_IN_ERA = 146097 };
    /* Years begin in March, so that the leap day is the last: day 0 is 1 March of year 0. */
    uint32_t days = day + DAYS_TO_1970;
    uint32_t era = days / DAYS_IN_ERA, in_era = days % DAYS_IN_ERA;
    uint32_t year =
        (in_era - in_era / (DAYS_IN_4_YEARS - 1) + in_era / 36524 - in_era / (DAYS_IN_ERA - 1)) /
        365;
    uint32_t in_year = in_era - (365 * year + year / 4 - year / 100);
    uint32_t month = (5 * in_year + 2) / 153;

    put_digits(out + 8, in_year - (153 * month + 2) / 5 + 1, 2);
    out[7] = '-';
    month = month < 10 ? month + 3 : month - 9;
    put_digits(out + 5, month, 2);
    out[4] = '-';
    put_digits(out, year + era * 400 + (month <= 2), 4);
}

void date_write(char *out, uint32_t time_s, char between)
{
    put_day(out, time_s / (24 * 60 * 60));
    out[10] = between;
    put_digits(out + 11, time_s / (60 * 60) % 24, 2);
    out[13] = ':';
    put_digits(out + 14, time_s / 60 % 60, 2);
    out[16] = ':';
    put_digits(out + 17, time_s % 60, 2);
}
