/**
 * @file
 * Messages to the service manager, as sd_notify(3) describes them.
 */
#ifndef NOTIFY_H
#define NOTIFY_H

/** A reload has begun, which notify_reloaded() ends. */
void notify_reloading(void);
void notify_reloaded(void);

#endif
