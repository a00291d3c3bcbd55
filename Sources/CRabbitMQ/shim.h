#include <amqp.h>
#include <amqp_tcp_socket.h>

// Swift cannot call functions with a variable number of arguments.
static inline amqp_rpc_reply_t clew_amqp_login(
    amqp_connection_state_t connection, const char *vhost, int heartbeat, const amqp_table_t *properties,
    const char *user, const char *password) {
    return amqp_login_with_properties(
        connection, vhost, AMQP_DEFAULT_MAX_CHANNELS, AMQP_DEFAULT_FRAME_SIZE, heartbeat, properties,
        AMQP_SASL_METHOD_PLAIN, user, password);
}
