// Turns Ctrl-C and similar signals into a flag that loops check, so that results are written before a program
// ends.
#pragma once

namespace hopcost {

/// Installs handlers for SIGINT, SIGTERM and SIGHUP that set the stop flag; a second signal ends the program
/// at once. If SIGHUP is ignored (nohup), it stays so. SIGPIPE is ignored. Call once, in main.
void install_stop_signals();

/// True once a stop signal came, or request_stop() was called. Safe from any thread.
[[nodiscard]] bool stop_requested() noexcept;
/// Sets the stop flag, as a signal would; stop_signal() stays 0. Safe from any thread and from signal
/// handlers.
void request_stop() noexcept;

/// The signal that asked for the stop, or 0.
[[nodiscard]] int stop_signal() noexcept;

}  // namespace hopcost
