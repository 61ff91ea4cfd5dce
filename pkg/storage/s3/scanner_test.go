package s3

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/backmon/backmon/pkg/storage"
)

const amazonPage = `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix></Prefix>` +
	`<NextContinuationToken>1ueGcx&amp;/=</NextContinuationToken><KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys>` +
	`<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>` +
	`<Contents><Key>a+b%2Fc%0A</Key><LastModified>2026-01-14T04:00:00.123Z</LastModified>` +
	`<ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><Size>5368709120</Size>` +
	`<Owner><ID>x</ID><DisplayName/></Owner><StorageClass>STANDARD</StorageClass></Contents>` +
	`<Contents><Key>b</Key><LastModified>2026-01-14T04:00:00Z</LastModified><ETag></ETag><Size>0</Size></Contents></ListBucketResult>`

// object and rest of a page around it, for short cases.
func pageWith(inside string) string {
	return "<ListBucketResult><IsTruncated>false</IsTruncated>" + inside + "</ListBucketResult>"
}

func TestScanner(t *testing.T) {
	first, second := time.Date(2026, 1, 14, 4, 0, 0, 123e6, time.UTC), time.Date(2026, 1, 14, 4, 0, 0, 0, time.UTC)
	want := page{truncated: true, next: "1ueGcx&/=", entries: []storage.Entry{
		{Key: "a b/c\n", Size: 5368709120, ModifiedAt: first, ETag: "d41d8cd98f00b204e9800998ecf8427e"},
		{Key: "b", ModifiedAt: second},
	}}
	var scanner scanner
	var got page
	if !scanner.scan([]byte(amazonPage), &got) {
		t.Fatal("the scanner gave up on an ordinary page")
	}
	if diff := diffPages(want, got); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
}

func TestScannerKeepsNothingOfThePageBefore(t *testing.T) {
	var scanner scanner
	var got page
	scanner.scan([]byte(amazonPage), &got)
	if !scanner.scan([]byte(pageWith("")), &got) || len(got.entries) != 0 || got.next != "" || got.truncated {
		t.Errorf("got %+v, want an empty last page", got)
	}
}

func TestScannerGivesUp(t *testing.T) {
	for name, body := range map[string]string{
		"empty":                     "",
		"only space":                " \n",
		"html":                      "<html><body>log in</body></html>",
		"no IsTruncated":            "<ListBucketResult><Name>b</Name></ListBucketResult>",
		"cut":                       amazonPage[:len(amazonPage)/2],
		"cut before the last tag":   strings.TrimSuffix(amazonPage, rootEnd),
		"another root":              strings.ReplaceAll(pageWith(""), "ListBucketResult", "ListBucketsResult"),
		"text behind the root":      pageWith("") + "x",
		"a second IsTruncated":      pageWith("<IsTruncated>true</IsTruncated>"),
		"IsTruncated maybe":         "<ListBucketResult><IsTruncated>maybe</IsTruncated></ListBucketResult>",
		"an unknown element":        pageWith("<Novelty>1</Novelty>"),
		"an element in other case":  pageWith("<contents></contents>"),
		"an attribute":              pageWith(`<Name a="b">x</Name>`),
		"a comment":                 pageWith("<!-- x -->"),
		"character data":            pageWith("<Name><![CDATA[x]]></Name>"),
		"an unknown entity":         pageWith("<Name>&eacute;</Name>"),
		"an unfinished entity":      pageWith("<Name>&amp</Name>"),
		"a character XML forbids":   pageWith("<Name>\x01</Name>"),
		"one forbidden and escaped": pageWith("<Name>&#1;</Name>"),
		"half of a surrogate pair":  pageWith("<Name>&#xD800;</Name>"),
		"invalid UTF-8":             pageWith("<Name>\xff</Name>"),
		"a carriage return":         pageWith("<Name>a\r\nb</Name>"),
		"an end of character data":  pageWith("<Name>]]></Name>"),
		"a negative size":           pageWith("<Contents><Size>-1</Size></Contents>"),
		"no size":                   pageWith("<Contents><Size></Size></Contents>"),
		"a huge size":               pageWith("<Contents><Size>9999999999999999999</Size></Contents>"),
		"a second key":              pageWith("<Contents><Key>a</Key><Key>b</Key></Contents>"),
		"a day that isn't":          pageWith("<Contents><LastModified>2026-02-30T00:00:00Z</LastModified></Contents>"),
		"an hour that isn't":        pageWith("<Contents><LastModified>2026-02-20T24:00:00Z</LastModified></Contents>"),
		"a time with a zone":        pageWith("<Contents><LastModified>2026-02-20T20:00:00+01:00</LastModified></Contents>"),
		"a key wrongly encoded":     pageWith("<EncodingType>url</EncodingType><Contents><Key>%zz</Key></Contents>"),
		"mismatched tags":           pageWith("<Name>x</Nome>"),
		"common prefixes":           pageWith("<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>"),
	} {
		t.Run(name, func(t *testing.T) {
			var scanner scanner
			if scanner.scan([]byte(body), &page{}) {
				t.Errorf("the scanner read %q", body)
			}
		})
	}
}

func diffPages(want, got page) string {
	return cmp.Diff(want, got, cmp.AllowUnexported(page{}), cmpopts.EquateEmpty())
}

// answers is a transport that gives the same answer to every request.
type answers []byte

func (a answers) Do(*http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{}, ContentLength: int64(len(a)),
		Body: io.NopCloser(bytes.NewReader(a)),
	}, nil
}

// sdkPage reads a page with the SDK alone.
func sdkPage(body []byte) (page, error) {
	client := s3.New(s3.Options{
		HTTPClient: answers(body), Region: "us-east-1", BaseEndpoint: aws.String("http://localhost"), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""), Retryer: aws.NopRetryer{},
	})
	output, err := client.ListObjectsV2(context.Background(), &s3.ListObjectsV2Input{Bucket: aws.String("bucket")})
	if err != nil {
		return page{}, err
	}
	if output.IsTruncated == nil {
		return page{}, errNoEnd
	}
	var p page
	return p, p.take(output)
}

// FuzzListScanner holds the scanner to the SDK: what it reads, the SDK must read
// as well, and in the same way.
func FuzzListScanner(f *testing.F) {
	f.Add([]byte(amazonPage))
	f.Add([]byte(pageWith("")))
	f.Add([]byte(pageWith("<Prefix/><Contents><Key>&#xA;&lt;\u00e4</Key><Size>1</Size></Contents>\n")))
	f.Add([]byte(pageWith("<EncodingType>url</EncodingType><Contents><Key>a%2B+b</Key></Contents>")))
	f.Fuzz(func(t *testing.T, body []byte) {
		var scanner scanner
		var got page
		if !scanner.scan(body, &got) {
			return
		}
		want, err := sdkPage(body)
		if err != nil {
			t.Fatalf("the scanner read what the SDK refuses (%v): %q", err, body)
		}
		if diff := diffPages(want, got); diff != "" {
			t.Fatalf("%q (-SDK +scanner):\n%s", body, diff)
		}
	})
}

func BenchmarkScanner(b *testing.B) {
	var body strings.Builder
	body.WriteString("<ListBucketResult><IsTruncated>false</IsTruncated>")
	for i := range 1000 {
		fmt.Fprintf(&body, "<Contents><Key>backups/db/2026-01-14/%06d.sql.gz</Key><LastModified>2026-01-14T04:00:00.000Z</LastModified>"+
			"<ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><Size>1048576</Size><StorageClass>STANDARD</StorageClass></Contents>", i)
	}
	body.WriteString("</ListBucketResult>")
	data := []byte(body.String())
	var scanner scanner
	var p page
	b.ReportAllocs()
	for b.Loop() {
		if !scanner.scan(data, &p) {
			b.Fatal("the scanner gave up")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/object")
}
