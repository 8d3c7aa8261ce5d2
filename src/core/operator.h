/**
 * @file
 * The commands of the operator, which command.c calls.
 */
#ifndef LWCHAT_OPERATOR_H
#define LWCHAT_OPERATOR_H

#include "request.h"

void operator_kick(const struct request *request);
void operator_ban(const struct request *request);
void operator_unban(const struct request *request);
void operator_ip(const struct request *request);
void operator_op(const struct request *request); /**< with LWCHAT_BRIDGE */
void operator_qr(const struct request *request); /**< with LWCHAT_QR */
void operator_shutdown(const struct request *request);

/** With LWCHAT_BRIDGE: true when the operator has made sessions from the address bridges. */
bool operator_lists_bridge(const struct chat *chat, struct lwchat_address ip);

#endif
