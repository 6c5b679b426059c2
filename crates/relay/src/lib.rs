//! The routing relay: queues, drops and cells behind an Oblivious HTTP gateway.
