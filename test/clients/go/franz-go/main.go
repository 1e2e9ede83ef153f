// A producer, a consumer group with a static member, and an admin client of franz-go.
// Arguments: bootstrap server, topic, group.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const records = 20

func main() {
	address, topic, group := os.Args[1], os.Args[2], os.Args[3]
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()

	client, err := kgo.NewClient(kgo.SeedBrokers(address))
	check("connect", err)
	defer client.Close()
	admin := kadm.NewClient(client)

	retention := "3600000"
	created, err := admin.CreateTopic(ctx, 3, 1, map[string]*string{"retention.ms": &retention}, topic)
	check("create topic", err)
	expect("topic id is set", created.ID != kadm.TopicID{})
	compact := "compact"
	altered, err := admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.AppendConfig, Name: "cleanup.policy", Value: &compact}}, topic)
	check("alter configs", err)
	check("alter configs", altered[0].Err)
	described, err := admin.DescribeTopicConfigs(ctx, topic)
	check("describe configs", err)
	configs := map[string]string{}
	for _, config := range described[0].Configs {
		configs[config.Key] = config.MaybeValue()
	}
	expect("retention.ms is 3600000", configs["retention.ms"] == retention)
	expect("cleanup.policy is delete,compact", configs["cleanup.policy"] == "delete,compact")
	grown, err := admin.CreatePartitions(ctx, 1, topic)
	check("create partitions", err)
	check("create partitions", grown[topic].Err)
	dirs, err := admin.DescribeAllLogDirs(ctx, nil)
	check("describe log dirs", err)
	expect("there is a log dir", len(dirs) == 1)

	// Idempotent by default.
	for i := range records {
		record := &kgo.Record{Topic: topic, Key: fmt.Append(nil, i), Value: fmt.Append(nil, "event ", i)}
		check("produce", client.ProduceSync(ctx, record).FirstErr())
	}
	unacknowledged, err := kgo.NewClient(kgo.SeedBrokers(address), kgo.RequiredAcks(kgo.NoAck()), kgo.DisableIdempotentWrite())
	check("connect", err)
	check("produce with acks=0", unacknowledged.ProduceSync(ctx, &kgo.Record{Topic: topic, Key: []byte("x"), Value: []byte("y")}).FirstErr())
	unacknowledged.Close()

	member := func() *kgo.Client {
		consumer, err := kgo.NewClient(kgo.SeedBrokers(address), kgo.ConsumeTopics(topic), kgo.ConsumerGroup(group),
			kgo.InstanceID("instance"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit())
		check("connect", err)
		return consumer
	}
	first := member()
	for read := 0; read < records+1; {
		fetches := first.PollFetches(ctx)
		check("consume", fetches.Err())
		read += fetches.NumRecords()
	}
	check("commit", first.CommitUncommittedOffsets(ctx))
	before := first.GroupMetadata
	_, generation := before()
	// A static member does not leave its group when it is closed.
	first.Close()
	second := member()
	for {
		fetchContext, stop := context.WithTimeout(ctx, 500*time.Millisecond)
		second.PollFetches(fetchContext)
		stop()
		if _, now := second.GroupMetadata(); now > 0 {
			expect("a static member that restarts causes no rebalance", now == generation)
			break
		}
		check("rejoin", ctx.Err())
	}

	groups, err := admin.DescribeGroups(ctx, group)
	check("describe group", err)
	expect("the group is stable", groups[group].State == "Stable")
	offsets := admin.FetchManyOffsets(ctx, group, group+"-other")
	committed := int64(0)
	offsets[group].Fetched.Each(func(offset kadm.OffsetResponse) { committed += offset.At })
	expect("all is committed", committed == records+1)
	second.Close()
	_, err = admin.LeaveGroup(ctx, kadm.LeaveGroup(group).InstanceIDs("instance"))
	check("leave group", err)
	_, err = admin.DeleteGroups(ctx, group)
	check("delete group", err)
	deleted, err := admin.DeleteTopics(ctx, topic)
	check("delete topic", err)
	check("delete topic", deleted[topic].Err)
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
