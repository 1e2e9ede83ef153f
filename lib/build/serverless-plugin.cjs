require('./typescript.cjs');
module.exports = require('./serverless-plugin.ts').KafkaEventsPlugin;
