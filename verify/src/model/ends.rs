//! The ends of channels: what std's and crossbeam's have in common, written once. The errors are
//! those that the place where a macro is used has imported.

/// A sending end that waits for room.
macro_rules! sender {
    ($name:ident) => {
        pub struct $name<T>(Tx<T>);

        impl<T> $name<T> {
            pub fn send(&self, value: T) -> Result<(), SendError<T>> {
                self.0.send(value, Wait::Always).map_err(|failure| {
                    let (SendFailure::Disconnected(value) | SendFailure::Full(value)) = failure;
                    SendError(value)
                })
            }
        }

        impl<T> Clone for $name<T> {
            fn clone(&self) -> Self {
                Self(self.0.clone())
            }
        }

        impl<T> ::std::fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(concat!(stringify!($name), " { .. }"))
            }
        }
    };
}

/// What a sending end with a bound can do besides.
macro_rules! try_send {
    ($name:ident) => {
        impl<T> $name<T> {
            pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
                let sent = self.0.send(value, Wait::Never);
                sent.map_err(|failure| match failure {
                    SendFailure::Full(value) => TrySendError::Full(value),
                    SendFailure::Disconnected(value) => TrySendError::Disconnected(value),
                })
            }
        }
    };
}

/// The receiving end.
macro_rules! receiver {
    () => {
        pub struct Receiver<T>(Rx<T>);

        impl<T> Receiver<T> {
            pub fn recv(&self) -> Result<T, RecvError> {
                self.0.recv(Wait::Always).map_err(|_| RecvError)
            }

            pub fn try_recv(&self) -> Result<T, TryRecvError> {
                self.0.recv(Wait::Never).map_err(|failure| match failure {
                    RecvFailure::Empty => TryRecvError::Empty,
                    RecvFailure::Disconnected => TryRecvError::Disconnected,
                })
            }

            pub fn recv_timeout(
                &self,
                timeout: ::std::time::Duration,
            ) -> Result<T, RecvTimeoutError> {
                self.recv_until(Wait::until(deadline_after(timeout)))
            }

            fn recv_until(&self, wait: Wait) -> Result<T, RecvTimeoutError> {
                self.0.recv(wait).map_err(|failure| match failure {
                    RecvFailure::Empty => RecvTimeoutError::Timeout,
                    RecvFailure::Disconnected => RecvTimeoutError::Disconnected,
                })
            }

            pub fn iter(&self) -> Iter<'_, T> {
                Iter(&self.0)
            }

            pub fn try_iter(&self) -> TryIter<'_, T> {
                TryIter(&self.0)
            }
        }

        impl<T> ::std::fmt::Debug for Receiver<T> {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad("Receiver { .. }")
            }
        }

        impl<'a, T> IntoIterator for &'a Receiver<T> {
            type Item = T;
            type IntoIter = Iter<'a, T>;

            fn into_iter(self) -> Iter<'a, T> {
                self.iter()
            }
        }

        impl<T> IntoIterator for Receiver<T> {
            type Item = T;
            type IntoIter = IntoIter<T>;

            fn into_iter(self) -> IntoIter<T> {
                IntoIter(self.0)
            }
        }
    };
}
