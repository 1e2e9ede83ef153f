// A producer, a consumer group with a static member, and an admin client of sarama.
// Arguments: bootstrap server, topic, group.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/IBM/sarama"
)

const records = 20

func main() {
	address, topic, group := os.Args[1], os.Args[2], os.Args[3]
	addresses := []string{address}
	config := sarama.NewConfig()
	config.Version = sarama.MaxVersion
	config.Producer.Return.Successes = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Idempotent = true
	config.Net.MaxOpenRequests = 1
	config.Producer.Compression = sarama.CompressionZSTD
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Group.InstanceId = "instance"

	admin, err := sarama.NewClusterAdmin(addresses, config)
	check("connect", err)
	retention := "3600000"
	check("create topic", admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: 3, ReplicationFactor: 1,
		ConfigEntries: map[string]*string{"retention.ms": &retention, "index.interval.bytes": text("4096")}}, false))
	compact := "compact"
	check("alter configs", admin.IncrementalAlterConfig(sarama.TopicResource, topic, map[string]sarama.IncrementalAlterConfigsEntry{
		"cleanup.policy": {Operation: sarama.IncrementalAlterConfigsOperationAppend, Value: &compact}}, false))
	expectConfig(admin, topic, "cleanup.policy", "delete,compact")
	check("alter configs", admin.AlterConfig(sarama.TopicResource, topic, map[string]*string{"retention.ms": &retention}, false))
	expectConfig(admin, topic, "cleanup.policy", "delete")
	expectConfig(admin, topic, "retention.ms", retention)
	check("create partitions", admin.CreatePartitions(topic, 4, nil, false))
	dirs, err := admin.DescribeLogDirs([]int32{1})
	check("describe log dirs", err)
	expect("there is a log dir", len(dirs[1]) == 1)

	producer, err := sarama.NewSyncProducer(addresses, config)
	check("connect", err)
	for i := range records {
		_, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Key: sarama.StringEncoder(fmt.Sprint(i)), Value: sarama.StringEncoder("event")})
		check("produce", err)
	}
	check("close", producer.Close())
	unacknowledged := *config
	unacknowledged.Producer.Idempotent = false
	unacknowledged.Producer.RequiredAcks = sarama.NoResponse
	producer, err = sarama.NewSyncProducer(addresses, &unacknowledged)
	check("connect", err)
	_, _, err = producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder("unacknowledged")})
	check("produce with acks=0", err)
	check("close", producer.Close())

	first := consume(addresses, config, topic, group, records+1)
	second := consume(addresses, config, topic, group, 0)
	expect("a static member that restarts causes no rebalance", first == second)

	groups, err := admin.ListConsumerGroups()
	check("list groups", err)
	expect("the group is listed", groups[group] == "consumer")
	offsets, err := admin.ListConsumerGroupOffsets(group, nil)
	check("list offsets", err)
	committed := int64(0)
	for _, block := range offsets.Blocks[topic] {
		committed += block.Offset
	}
	expect("all is committed", committed == records+1)
	_, err = admin.RemoveMemberFromConsumerGroup(group, []string{"instance"})
	check("remove member", err)
	check("delete group", admin.DeleteConsumerGroup(group))
	check("delete topic", admin.DeleteTopic(topic))
	check("close", admin.Close())
}

// member reads until it has so many records, and notes its generation.
type member struct {
	wanted     int
	generation int32
	done       context.CancelFunc
}

func (m *member) Setup(session sarama.ConsumerGroupSession) error {
	m.generation = session.GenerationID()
	if m.wanted == 0 {
		m.done()
	}
	return nil
}

func (m *member) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (m *member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		session.MarkMessage(message, "")
		session.Commit()
		mutex <- struct{}{}
		m.wanted--
		if m.wanted == 0 {
			m.done()
		}
		<-mutex
	}
	return nil
}

var mutex = make(chan struct{}, 1)

func consume(addresses []string, config *sarama.Config, topic, group string, wanted int) int32 {
	consumer, err := sarama.NewConsumerGroup(addresses, group, config)
	check("connect", err)
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	handler := &member{wanted: wanted, done: cancel}
	check("consume", consumer.Consume(ctx, []string{topic}, handler))
	expect("everything is read", handler.wanted == 0)
	check("close", consumer.Close())
	return handler.generation
}

func expectConfig(admin sarama.ClusterAdmin, topic, name, value string) {
	entries, err := admin.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: topic, ConfigNames: []string{name}})
	check("describe configs", err)
	expect(name+" is "+value, len(entries) == 1 && entries[0].Value == value)
}

func text(value string) *string { return &value }

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
