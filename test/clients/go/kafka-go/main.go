// A producer, a consumer group and an admin client of segmentio/kafka-go.
// Arguments: bootstrap server, topic, group.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/segmentio/kafka-go"
)

const records = 20

func main() {
	address, topic, group := os.Args[1], os.Args[2], os.Args[3]
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	client := &kafka.Client{Addr: kafka.TCP(address), Timeout: 10 * time.Second}

	created, err := client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: topic, NumPartitions: 3, ReplicationFactor: 1,
		ConfigEntries: []kafka.ConfigEntry{{ConfigName: "retention.ms", ConfigValue: "3600000"}}}}})
	check("create topic", err)
	check("create topic", created.Errors[topic])
	altered, err := client.IncrementalAlterConfigs(ctx, &kafka.IncrementalAlterConfigsRequest{Resources: []kafka.IncrementalAlterConfigsRequestResource{{
		ResourceType: kafka.ResourceTypeTopic, ResourceName: topic,
		Configs: []kafka.IncrementalAlterConfigsRequestConfig{{Name: "segment.ms", Value: "60000", ConfigOperation: kafka.ConfigOperationSet}}}}})
	check("alter configs", err)
	check("alter configs", altered.Resources[0].Error)
	described, err := client.DescribeConfigs(ctx, &kafka.DescribeConfigsRequest{IncludeSynonyms: true, IncludeDocumentation: true,
		Resources: []kafka.DescribeConfigRequestResource{{ResourceType: kafka.ResourceTypeTopic, ResourceName: topic, ConfigNames: []string{"segment.ms", "retention.ms"}}}})
	check("describe configs", err)
	for _, entry := range described.Resources[0].ConfigEntries {
		expect(entry.ConfigName, entry.ConfigValue == map[string]string{"segment.ms": "60000", "retention.ms": "3600000"}[entry.ConfigName])
	}
	grown, err := client.CreatePartitions(ctx, &kafka.CreatePartitionsRequest{Topics: []kafka.TopicPartitionsConfig{{Name: topic, Count: 4}}})
	check("create partitions", err)
	check("create partitions", grown.Errors[topic])
	producer, err := client.InitProducerID(ctx, &kafka.InitProducerIDRequest{TransactionTimeoutMs: 1000})
	check("init producer id", err)
	check("init producer id", producer.Error)

	writer := &kafka.Writer{Addr: kafka.TCP(address), Topic: topic, RequiredAcks: kafka.RequireAll, Compression: kafka.Gzip, BatchTimeout: 10 * time.Millisecond}
	messages := []kafka.Message{}
	for i := range records {
		messages = append(messages, kafka.Message{Key: fmt.Append(nil, i), Value: fmt.Append(nil, "event ", i)})
	}
	check("produce", writer.WriteMessages(ctx, messages...))
	check("close", writer.Close())
	unacknowledged := &kafka.Writer{Addr: kafka.TCP(address), Topic: topic, RequiredAcks: kafka.RequireNone, BatchTimeout: 10 * time.Millisecond}
	check("produce with acks=0", unacknowledged.WriteMessages(ctx, kafka.Message{Key: []byte("x"), Value: []byte("y")}))
	check("close", unacknowledged.Close())

	fetched, err := client.Fetch(ctx, &kafka.FetchRequest{Topic: topic, Partition: 0, Offset: 0, MinBytes: 1, MaxBytes: 1 << 20, MaxWait: time.Second})
	check("fetch", err)
	check("fetch", fetched.Error)

	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{address}, Topic: topic, GroupID: group, StartOffset: kafka.FirstOffset})
	for range records + 1 {
		_, err := reader.ReadMessage(ctx)
		check("consume", err)
	}
	check("close", reader.Close())

	offsets, err := client.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: group, Topics: map[string][]int{topic: {0, 1, 2, 3}}})
	check("fetch offsets", err)
	committed := int64(0)
	for _, partition := range offsets.Topics[topic] {
		committed += max(0, partition.CommittedOffset)
	}
	expect("all is committed", committed == records+1)
	groups, err := client.DescribeGroups(ctx, &kafka.DescribeGroupsRequest{GroupIDs: []string{group}})
	check("describe group", err)
	expect("the group is empty", groups.Groups[0].GroupState == "Empty")

	connection, err := kafka.Dial("tcp", address)
	check("connect", err)
	check("delete topic", connection.DeleteTopics(topic))
	check("close", connection.Close())
}

func check(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

func expect(what string, holds bool) {
	if !holds {
		check(what, fmt.Errorf("does not hold"))
	}
}
