package notifier

// Remembered is how long what is over is kept.
const Remembered = remembered
