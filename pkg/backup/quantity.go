package backup

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// Day is 24 hours: the unit of a bare number in a retention age.
const Day = 24 * time.Hour

// durationUnits lists the units in the order in which they may appear. A year is
// 365 days and a month 30, as upstream has it; nothing here knows a calendar.
var durationUnits = []struct {
	letters string
	length  time.Duration
}{
	{"Y", 365 * Day},
	{"M", 30 * Day},
	{"wW", 7 * Day},
	{"dD", Day},
	{"h", time.Hour},
	{"m", time.Minute},
	{"s", time.Second},
}

// ParseDuration reads durations like "1Y2M3w4d5h6m7s" (each part optional, in
// this order, spaces between parts allowed) or a bare number of days. M is a
// month of 30 days, m a minute. Signs and fractions are errors.
func ParseDuration(text string) (time.Duration, error) {
	rest := strings.TrimSpace(text)
	if rest == "" {
		return 0, fmt.Errorf("bad duration %q: it is empty; write for example 36h, 7d or 1Y2M", text)
	}
	if days, err := strconv.ParseUint(rest, 10, 63); err == nil {
		return scale(text, days, Day)
	}
	var total time.Duration
	unit := 0
	for rest != "" {
		number, letter, tail := cutPart(rest)
		at := unitIndex(letter, unit)
		if number == "" || at < 0 {
			return 0, fmt.Errorf("bad duration %q: expected parts like 1Y 2M 3w 4d 5h 6m 7s in this order, or a number of days", text)
		}
		count, err := strconv.ParseUint(number, 10, 63)
		if err != nil {
			return 0, fmt.Errorf("bad duration %q: %q is too large", text, number)
		}
		part, err := scale(text, count, durationUnits[at].length)
		if err != nil {
			return 0, err
		}
		if total > math.MaxInt64-part {
			return 0, tooLong(text)
		}
		total += part
		unit, rest = at+1, strings.TrimLeft(tail, " \t")
	}
	return total, nil
}

func scale(text string, count uint64, unit time.Duration) (time.Duration, error) {
	if count > uint64(math.MaxInt64/unit) {
		return 0, tooLong(text)
	}
	return time.Duration(count) * unit, nil
}

func tooLong(text string) error {
	return fmt.Errorf("bad duration %q: it is longer than 292 years", text)
}

// cutPart splits "12d3h" into "12", 'd' and "3h"; the letter is 0 when missing.
func cutPart(s string) (number string, letter byte, rest string) {
	end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		return s, 0, ""
	}
	return s[:end], s[end], s[end+1:]
}

func unitIndex(letter byte, from int) int {
	for i := from; i < len(durationUnits); i++ {
		if letter != 0 && strings.IndexByte(durationUnits[i].letters, letter) >= 0 {
			return i
		}
	}
	return -1
}

// FormatDuration writes a duration for people, largest units first and at most
// two of them: "3d 4h", "12m", "45s". It rounds down to seconds.
func FormatDuration(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -max(d, -math.MaxInt64)
	}
	units := []struct {
		letter string
		length time.Duration
	}{{"d", Day}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}
	for i, u := range units {
		if d < u.length {
			continue
		}
		text := fmt.Sprintf("%s%d%s", sign, d/u.length, u.letter)
		if i+1 == len(units) {
			return text
		}
		if rest := d % u.length / units[i+1].length; rest > 0 {
			text += fmt.Sprintf(" %d%s", rest, units[i+1].letter)
		}
		return text
	}
	return "0s"
}

// sizeUnits maps the lower-case unit to bytes: kB, MB, GB are powers of 1000,
// KiB, MiB, GiB powers of 1024 (IEC 80000-13).
var sizeUnits = map[string]int64{
	"": 1, "b": 1,
	"k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12, "p": 1e15,
	"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "pb": 1e15,
	"ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30, "ti": 1 << 40, "pi": 1 << 50,
	"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40, "pib": 1 << 50,
}

// maxSizeDigits is far more than any size needs; it bounds the arithmetic.
const maxSizeDigits = 40

// ParseSize reads byte sizes: a number, optionally with a fraction, and a unit
// (none or B, kB MB GB TB PB = powers of 1000, KiB MiB GiB TiB PiB = powers of
// 1024, letter case and the final B ignored). It calculates exactly and rounds
// down to whole bytes; 8 EiB and more are an error.
func ParseSize(text string) (int64, error) {
	s := strings.TrimSpace(text)
	end := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if end < 0 {
		end = len(s)
	}
	unit, known := sizeUnits[strings.ToLower(strings.TrimSpace(s[end:]))]
	number, sound := new(big.Rat), false
	if end <= maxSizeDigits {
		_, sound = number.SetString(s[:end])
	}
	if !sound || !known {
		return 0, fmt.Errorf("bad size %q: expected a number and a unit such as 500MB (10^6) or 1.5GiB (2^30)", text)
	}
	number.Mul(number, new(big.Rat).SetInt64(unit))
	bytes := new(big.Int).Quo(number.Num(), number.Denom())
	if !bytes.IsInt64() {
		return 0, fmt.Errorf("bad size %q: it is 8 EiB or more", text)
	}
	return bytes.Int64(), nil
}

// FormatSize writes bytes for people with powers of 1024: "1.5 GiB", "999 B".
func FormatSize(bytes int64) string {
	if bytes > -1024 && bytes < 1024 {
		return fmt.Sprintf("%d B", bytes)
	}
	const roundsUp = 1023.95 // to 1024.0 of a unit, which is 1.0 of the next
	value, units := float64(bytes), "KMGTPE"
	i := -1
	for i < 0 || math.Abs(value) >= roundsUp && i < len(units)-1 {
		value /= 1024
		i++
	}
	return fmt.Sprintf("%.1f %ciB", value, units[i])
}

// ParseRatio reads "50%" or "0.5" as 0.5 and "off" as -1 (no bound).
func ParseRatio(text string) (float64, error) {
	s := strings.TrimSpace(text)
	if s == "off" {
		return -1, nil
	}
	number, percent := strings.CutSuffix(s, "%")
	value, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || value < 0 || math.IsInf(value, 0) || math.IsNaN(value) {
		return 0, fmt.Errorf("bad ratio %q: expected a percentage such as 50%%, a number such as 0.5, or off", text)
	}
	if percent {
		value /= 100
	}
	return value, nil
}
