package backup

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	tests := []struct {
		text string
		want time.Duration
		err  string // "" for none
	}{
		{"7", 7 * Day, ""},
		{"0", 0, ""},
		{" 7 ", 7 * Day, ""},
		{"7d", 7 * Day, ""},
		{"7D", 7 * Day, ""},
		{"2w", 14 * Day, ""},
		{"2W", 14 * Day, ""},
		{"90m", 90 * time.Minute, ""},
		{"2M", 60 * Day, ""},
		{"1Y", 365 * Day, ""},
		{"36h", 36 * time.Hour, ""},
		{"45s", 45 * time.Second, ""},
		{"1Y2M3w4d5h6m7s", 365*Day + 60*Day + 21*Day + 4*Day + 5*time.Hour + 6*time.Minute + 7*time.Second, ""},
		{"1Y 2M\t3w", 365*Day + 60*Day + 21*Day, ""},
		{"1M1m", 30*Day + time.Minute, ""},
		{"106751", 106751 * Day, ""},
		{"", 0, `bad duration "": it is empty; write for example 36h, 7d or 1Y2M`},
		{"  ", 0, `bad duration "  ": it is empty; write for example 36h, 7d or 1Y2M`},
		{"-7", 0, `bad duration "-7": expected parts like 1Y 2M 3w 4d 5h 6m 7s in this order, or a number of days`},
		{"+7", 0, `bad duration "+7": expected parts like 1Y 2M 3w 4d 5h 6m 7s in this order, or a number of days`},
		{"1.5h", 0, `bad duration "1.5h": expected parts like 1Y 2M 3w 4d 5h 6m 7s in this order, or a number of days`},
		{"1h1d", 0, `bad duration "1h1d": expected parts like 1Y 2M 3w 4d 5h 6m 7s in this order, or a number of days`},
		{"1h1h", 0, `bad duration "1h1h": expected parts like 1Y 2M 3w 4d 5h 6m 7s in this order, or a number of days`},
		{"1h 30", 0, `bad duration "1h 30": expected parts like 1Y 2M 3w 4d 5h 6m 7s in this order, or a number of days`},
		{"1 h", 0, `bad duration "1 h": expected parts like 1Y 2M 3w 4d 5h 6m 7s in this order, or a number of days`},
		{"h", 0, `bad duration "h": expected parts like 1Y 2M 3w 4d 5h 6m 7s in this order, or a number of days`},
		{"1H", 0, `bad duration "1H": expected parts like 1Y 2M 3w 4d 5h 6m 7s in this order, or a number of days`},
		{"7 Tage", 0, `bad duration "7 Tage": expected parts like 1Y 2M 3w 4d 5h 6m 7s in this order, or a number of days`},
		{"106752", 0, `bad duration "106752": it is longer than 292 years`},
		{"293Y", 0, `bad duration "293Y": it is longer than 292 years`},
		{"292Y99M", 0, `bad duration "292Y99M": it is longer than 292 years`},
		{"99999999999999999999h", 0, `bad duration "99999999999999999999h": "99999999999999999999" is too large`},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, err := ParseDuration(tt.text)
			if got != tt.want || message(err) != tt.err {
				t.Errorf("got %v, %v; want %v, %q", got, err, tt.want, tt.err)
			}
		})
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestFormatDuration(t *testing.T) {
	tests := []struct {
		given time.Duration
		want  string
	}{
		{0, "0s"},
		{999 * time.Millisecond, "0s"},
		{time.Second, "1s"},
		{59*time.Second + 999*time.Millisecond, "59s"},
		{time.Minute, "1m"},
		{12*time.Minute + 30*time.Second, "12m 30s"},
		{time.Hour + 30*time.Second, "1h"},
		{3*Day + 4*time.Hour + 5*time.Minute, "3d 4h"},
		{900 * Day, "900d"},
		{-26 * time.Hour, "-1d 2h"},
		{math.MinInt64, "-106751d 23h"},
		{math.MaxInt64, "106751d 23h"},
	}
	for _, tt := range tests {
		if got := FormatDuration(tt.given); got != tt.want {
			t.Errorf("%d ns is %q, want %q", tt.given, got, tt.want)
		}
	}
}

func TestParseSize(t *testing.T) {
	const expected = ": expected a number and a unit such as 500MB (10^6) or 1.5GiB (2^30)"
	tests := []struct {
		text string
		want int64
		err  string
	}{
		{"0", 0, ""},
		{"1", 1, ""},
		{"999B", 999, ""},
		{"1k", 1000, ""},
		{"10GB", 10_000_000_000, ""},
		{"10gb", 10_000_000_000, ""},
		{"10 GB", 10_000_000_000, ""},
		{" 10GB ", 10_000_000_000, ""},
		{"1Ki", 1024, ""},
		{"1.5GiB", 3 << 29, ""},
		{"2MiB", 2 << 20, ""},
		{"3TiB", 3 << 40, ""},
		{"4PB", 4_000_000_000_000_000, ""},
		{"1.9", 1, ""},
		{"4.35GB", 4_350_000_000, ""},
		{".5k", 500, ""},
		{"9007199254740993", 9007199254740993, ""},
		{"9223372036854775807", math.MaxInt64, ""},
		{"9223372036854775808", 0, `bad size "9223372036854775808": it is 8 EiB or more`},
		{"8192PiB", 0, `bad size "8192PiB": it is 8 EiB or more`},
		{"", 0, `bad size ""` + expected},
		{"GB", 0, `bad size "GB"` + expected},
		{".", 0, `bad size "."` + expected},
		{"1.2.3", 0, `bad size "1.2.3"` + expected},
		{"-1", 0, `bad size "-1"` + expected},
		{"1e3", 0, `bad size "1e3"` + expected},
		{"1/2", 0, `bad size "1/2"` + expected},
		{"1,5GB", 0, `bad size "1,5GB"` + expected},
		{"5 apples", 0, `bad size "5 apples"` + expected},
		{"NaN", 0, `bad size "NaN"` + expected},
		{strings.Repeat("9", 41), 0, `bad size "` + strings.Repeat("9", 41) + `"` + expected},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, err := ParseSize(tt.text)
			if got != tt.want || message(err) != tt.err {
				t.Errorf("got %v, %v; want %v, %q", got, err, tt.want, tt.err)
			}
		})
	}
}

func TestFormatSize(t *testing.T) {
	tests := []struct {
		given int64
		want  string
	}{
		{0, "0 B"},
		{1023, "1023 B"},
		{1024, "1.0 KiB"},
		{1536, "1.5 KiB"},
		{mib - 1, "1.0 MiB"},
		{mib, "1.0 MiB"},
		{1<<30 - 1, "1.0 GiB"},
		{5 << 40, "5.0 TiB"},
		{-3 * mib, "-3.0 MiB"},
		{-5, "-5 B"},
		{math.MaxInt64, "8.0 EiB"},
		{math.MinInt64, "-8.0 EiB"},
	}
	for _, tt := range tests {
		if got := FormatSize(tt.given); got != tt.want {
			t.Errorf("%d is %q, want %q", tt.given, got, tt.want)
		}
	}
}

func TestParseRatio(t *testing.T) {
	const expected = ": expected a percentage such as 50%, a number such as 0.5, or off"
	tests := []struct {
		text string
		want float64
		err  string
	}{
		{"50%", 0.5, ""},
		{" 50 % ", 0.5, ""},
		{"0.5", 0.5, ""},
		{"0", 0, ""},
		{"200%", 2, ""},
		{"off", -1, ""},
		{"", 0, `bad ratio ""` + expected},
		{"%", 0, `bad ratio "%"` + expected},
		{"-1", 0, `bad ratio "-1"` + expected},
		{"-50%", 0, `bad ratio "-50%"` + expected},
		{"half", 0, `bad ratio "half"` + expected},
		{"NaN", 0, `bad ratio "NaN"` + expected},
		{"Inf", 0, `bad ratio "Inf"` + expected},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, err := ParseRatio(tt.text)
			if got != tt.want || message(err) != tt.err {
				t.Errorf("got %v, %v; want %v, %q", got, err, tt.want, tt.err)
			}
		})
	}
}

// A duration is a value or an error, never negative, and what FormatDuration
// writes is read again, at the precision of what it shows.
func FuzzDuration(f *testing.F) {
	for _, text := range []string{"7", "1Y2M3w4d5h6m7s", "1Y 2M", "-1", "1h1d", "99999999999999999999h", "1\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDuration(text)
		if err != nil {
			if d != 0 {
				t.Errorf("%q: %v beside %v", text, d, err)
			}
			return
		}
		shown := FormatDuration(d)
		again, err := ParseDuration(shown)
		if d < 0 || err != nil || again > d || FormatDuration(again) != shown {
			t.Errorf("%q is %v, shown as %q, read again as %v (%v)", text, d, shown, again, err)
		}
	})
}

// A size is a value or an error, never negative, and what FormatSize writes is
// read again as nearly the same.
func FuzzSize(f *testing.F) {
	for _, text := range []string{"0", "1.5GiB", "10 GB", "8192PiB", "1e9", ".5k", "1/3", "٣"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		size, err := ParseSize(text)
		if err != nil {
			if size != 0 {
				t.Errorf("%q: %d beside %v", text, size, err)
			}
			return
		}
		shown := FormatSize(size)
		again, err := ParseSize(strings.Replace(shown, " EiB", " PiB", 1))
		if size < 0 || err != nil {
			t.Errorf("%q is %d, shown as %q: %v", text, size, shown, err)
		}
		if strings.HasSuffix(shown, "EiB") {
			again *= 1024
		}
		if math.Abs(float64(again-size)) > float64(size)*0.051 {
			t.Errorf("%q is %d, shown as %q, read again as %d", text, size, shown, again)
		}
	})
}
